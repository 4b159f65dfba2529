import { assert } from '@heddle/primitives';
import { evmMemoryExhausted } from '../../errors.ts';
import type { SystemOperations } from '../system-calls.ts';
import type { EvmCore } from './evm-core.ts';
import { readHaltReason, readReturnData } from './read-result.ts';

/** What a block's start and end do (assembly/evm/system.ts). `check` throws when a step says that the run is void. */
export function systemOperations(core: EvmCore, check: (status: number) => void): SystemOperations {
  const { layout, memory, steps, message } = core;
  return {
    async pay(payments) {
      for (const { address, amount } of payments) {
        memory.setHex(message + layout.MESSAGE_TO, address);
        memory.setWord(message + layout.MESSAGE_VALUE, amount);
        check(steps.payOut());
      }
    },
    async sweep() {
      assert(false, 'the DAO fork came before the forks of this engine');
    },
    async call(contract, data) {
      const input = steps.reserveInput(data.length) >>> 0;
      if (input === 0) throw evmMemoryExhausted();
      memory.set(input, data);
      memory.setHex(message + layout.MESSAGE_TO, contract);
      memory.setU32(message + layout.MESSAGE_INPUT, input);
      memory.setU32(message + layout.MESSAGE_INPUT_SIZE, data.length);
      const status = steps.runSystemCall();
      if (status === layout.SYSTEM_CALL_ABSENT) return undefined;
      check(status);
      return { returnData: readReturnData(core), haltReason: readHaltReason(core) };
    },
  };
}
