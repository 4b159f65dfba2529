// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Loops that touch nothing but the stack and two words of memory.
contract BenchLoops {
    function arithmetic(uint256 rounds) external pure returns (uint256 a) {
        unchecked {
            for (uint256 i = 0; i < rounds; i++) {
                a = a * 3 + i;
                a ^= i << 3;
            }
        }
    }

    function checkedArithmetic(uint256 rounds) external pure returns (uint256 a) {
        for (uint256 i = 0; i < rounds; i++) {
            a = (a * 3 + i) % 1000000007;
            a = (a * 7 + 11) % 998244353;
        }
    }

    function keccak(uint256 rounds) external pure returns (uint256 a) {
        unchecked {
            for (uint256 i = 0; i < rounds; i++) {
                assembly {
                    mstore(0, a)
                    mstore(32, i)
                    a := keccak256(0, 64)
                }
            }
        }
    }
}
