// What a frame goes back to when it fails.
import { FRAME_LAST_LOG, FRAME_LOG_COUNT, FRAME_REFUND, FRAME_UNDO } from "./frame";
import { checkpoint, revertTo, workerRefund } from "./journal";
import { cutLogs, lastLog, logCount } from "./logs";

/** Notes where `frame` begins. */
export function openCheckpoint(frame: usize): void {
  store<u32>(frame, u32(checkpoint()), FRAME_UNDO);
  store<u32>(frame, u32(lastLog()), FRAME_LAST_LOG);
  store<u32>(frame, logCount(), FRAME_LOG_COUNT);
  store<i64>(frame, workerRefund, FRAME_REFUND);
}

/** Takes back all that came since. */
export function revertFrame(frame: usize): void {
  revertTo(load<u32>(frame, FRAME_UNDO), load<i64>(frame, FRAME_REFUND));
  cutLogs(load<u32>(frame, FRAME_LAST_LOG), load<u32>(frame, FRAME_LOG_COUNT));
}
