// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// OpenZeppelin's ERC-20 as it is, with a way to endow many accounts in one transaction.
contract LoadToken is ERC20 {
    constructor(string memory name_, string memory symbol_, uint256 supply) ERC20(name_, symbol_) {
        _mint(msg.sender, supply);
    }

    function endow(address[] calldata accounts, uint256 amount) external {
        for (uint256 index = 0; index < accounts.length; index++) {
            _mint(accounts[index], amount);
        }
    }
}
