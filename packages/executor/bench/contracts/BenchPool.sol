// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IToken {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// A pair of tokens that trades by constant product with a fee of 0.3 percent: reads, writes, calls and events are those
/// of Uniswap V2's swap (lock, packed reserves with a timestamp, price accumulators, both balances read again, Sync, Swap).
contract BenchPool {
    // Slot 0, 1: the tokens. Slot 2: both reserves and when they were written. Slot 3, 4: accumulators. Slot 5: the lock.
    address public token0;
    address public token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private writtenAt;
    uint256 public price0Accumulated;
    uint256 public price1Accumulated;
    uint256 private unlocked;

    event Sync(uint112 reserve0, uint112 reserve1);
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );

    modifier lock() {
        require(unlocked == 1, "locked");
        unlocked = 0;
        _;
        unlocked = 1;
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, writtenAt);
    }

    function swap(uint256 amount0Out, uint256 amount1Out, address to) external lock {
        require(amount0Out > 0 || amount1Out > 0, "nothing asked for");
        (uint112 before0, uint112 before1) = (reserve0, reserve1);
        require(amount0Out < before0 && amount1Out < before1, "reserves do not suffice");
        if (amount0Out > 0) require(IToken(token0).transfer(to, amount0Out), "token 0");
        if (amount1Out > 0) require(IToken(token1).transfer(to, amount1Out), "token 1");
        uint256 balance0 = IToken(token0).balanceOf(address(this));
        uint256 balance1 = IToken(token1).balanceOf(address(this));
        uint256 amount0In = paidIn(balance0, before0 - amount0Out);
        uint256 amount1In = paidIn(balance1, before1 - amount1Out);
        require(amount0In > 0 || amount1In > 0, "nothing paid");
        uint256 product = (balance0 * 1000 - amount0In * 3) * (balance1 * 1000 - amount1In * 3);
        require(product >= uint256(before0) * before1 * 1000 ** 2, "the product fell");
        write(balance0, balance1, before0, before1);
        emit Swap(msg.sender, amount0In, amount1In, amount0Out, amount1Out, to);
    }

    function paidIn(uint256 balance, uint256 left) private pure returns (uint256) {
        return balance > left ? balance - left : 0;
    }

    function write(uint256 balance0, uint256 balance1, uint112 before0, uint112 before1) private {
        require(balance0 <= type(uint112).max && balance1 <= type(uint112).max, "too much");
        uint32 time = uint32(block.timestamp);
        unchecked {
            uint32 elapsed = time - writtenAt;
            if (elapsed > 0 && before0 != 0 && before1 != 0) {
                price0Accumulated += ((uint256(before1) << 112) / before0) * elapsed;
                price1Accumulated += ((uint256(before0) << 112) / before1) * elapsed;
            }
        }
        reserve0 = uint112(balance0);
        reserve1 = uint112(balance1);
        writtenAt = time;
        emit Sync(uint112(balance0), uint112(balance1));
    }
}

/// Pays into a pool and takes what it gives for it, as Uniswap V2's router does for one pool.
contract BenchRouter {
    function swap(address pool, uint256 amountIn, uint256 least, bool isFirst) external {
        (uint256 reserveIn, uint256 reserveOut, ) = BenchPool(pool).getReserves();
        if (!isFirst) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        address token = isFirst ? BenchPool(pool).token0() : BenchPool(pool).token1();
        uint256 paid = amountIn * 997;
        uint256 amountOut = (paid * reserveOut) / (reserveIn * 1000 + paid);
        require(amountOut >= least, "too little");
        require(IToken(token).transferFrom(msg.sender, pool, amountIn), "payment");
        BenchPool(pool).swap(isFirst ? 0 : amountOut, isFirst ? amountOut : 0, msg.sender);
    }
}
