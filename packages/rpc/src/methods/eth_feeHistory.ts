import { feeHistory } from '../fee-history.ts';
import { defineMethod } from '../method.ts';
import { blockNumber } from '../params/block-id.ts';
import { optional, required } from '../params/parameter.ts';
import { percentiles } from '../params/percentiles.ts';
import { looseNumber } from '../params/quantity.ts';

/** `eth_feeHistory` */
export const eth_feeHistory = defineMethod({
  name: 'eth_feeHistory',
  summary: 'Base fees, fullness and tips of a range of blocks, and the base fee after it.',
  params: [
    required('blockCount', looseNumber),
    required('newestBlock', blockNumber),
    optional('rewardPercentiles', percentiles, []),
  ],
  result: '{oldestBlock, reward?, baseFeePerGas, gasUsedRatio, baseFeePerBlobGas, blobGasUsedRatio}',
  handle: ([count, newest, wanted], context) => feeHistory(context, count, newest, wanted),
});
