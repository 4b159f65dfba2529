// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// OpenZeppelin's ERC-20 as it is. Benchmarks put its code and balances into the first state; nobody deploys it.
contract BenchToken is ERC20("Bench", "BENCH") {}
