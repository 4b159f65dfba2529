// What the host sees of the tries: the layout, and the steps of a root.
export * from "./layout";
export { MAX_WORKERS } from "../layout";
import { setWorker as setScratch } from "../worker";
import { SPACE_0, SPACE_START, SPACE_TOP } from "./layout";
import { openWorkspace } from "./workspace";

export { reach } from "./arena";
export { beginCollection, finishCollection, keep } from "./collect";
export { foldLeaves, LEAF_TASK_ITEMS } from "./fold";
export { HASH_TASK_ITEMS, itemsEnd, itemTexts, slotItem } from "./items";
export { listLeaves, listValues } from "./leaf-list";
export { updateLeaves } from "./leaves";
export { outputsOf } from "./output";
export { listReceipts, runResults, uniteBlooms } from "./receipts";
export {
  beginAccounts, beginBigStorage, beginState, finishAccounts, finishBigStorage, listStorages, openHead,
} from "./state";
export { beginPhase, help, isDone, offer, setJobState, work } from "./tasks";

/** Says which worker this instance serves. Called once, before anything else; worker 0 comes first. */
export function setWorker(index: u32): void {
  setScratch(index);
  openWorkspace(index);
  if (index != 0) return;
  store<u32>(SPACE_START, u32(SPACE_0));
  atomic.store<u32>(SPACE_TOP, u32(SPACE_0));
}
