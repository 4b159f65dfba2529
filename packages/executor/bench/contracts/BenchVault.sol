// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Ether in and out, as wrapped ether has it.
contract BenchVault {
    mapping(address => uint256) public balanceOf;

    event Deposit(address indexed owner, uint256 value);
    event Withdrawal(address indexed owner, uint256 value);

    function deposit() external payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 value) external {
        balanceOf[msg.sender] -= value;
        emit Withdrawal(msg.sender, value);
        (bool paid, ) = msg.sender.call{value: value}("");
        require(paid, "not paid");
    }
}
