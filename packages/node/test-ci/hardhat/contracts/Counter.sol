// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Counter {
    uint256 public count;

    event Counted(uint256 count);

    function increment(uint256 by) external {
        require(by > 0, "nothing to count");
        count += by;
        emit Counted(count);
    }
}
