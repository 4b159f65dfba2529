import type { Bls12381 } from '../crypto/bls12-381.ts';
import { createBls12381 } from '../crypto/bls12-381.ts';
import type { Curves } from '../crypto/mcl.ts';
import { type Poll, type Precompile, toWord } from './precompile.ts';

const FP_SIZE = 64;
/** Of its 64 bytes a field element fills the last 48; the others must be zero. */
const FP_PADDING = 16;
const SCALAR_SIZE = 32;
const G1_SIZE = 2 * FP_SIZE;
const G2_SIZE = 4 * FP_SIZE;
const PAIR_SIZE = G1_SIZE + G2_SIZE;

/** The seven operations of EIP-2537. */
export function bls12381Precompiles(curves: Curves, poll: Poll): Precompile[] {
  const bls = createBls12381(curves.bls, poll);
  return [
    fixed(0x0b, { gas: 375n, size: 2 * G1_SIZE, run: bls.addG1 }),
    multiplication(0x0c, { gas: 12_000n, fields: 2, discounts: G1_DISCOUNTS, run: bls.msmG1 }),
    fixed(0x0d, { gas: 600n, size: 2 * G2_SIZE, run: bls.addG2 }),
    multiplication(0x0e, { gas: 22_500n, fields: 4, discounts: G2_DISCOUNTS, run: bls.msmG2 }),
    pairing(bls),
    fixed(0x10, { gas: 5_500n, size: FP_SIZE, run: bls.mapToG1 }),
    fixed(0x11, { gas: 23_800n, size: 2 * FP_SIZE, run: bls.mapToG2 }),
  ];
}

type Operation = (input: Uint8Array) => Uint8Array | undefined;

/** An operation on field elements alone, of one price. */
function fixed(
  address: number,
  { gas, size, run }: { readonly gas: bigint; readonly size: number; readonly run: Operation },
): Precompile {
  return {
    address,
    since: 'prague',
    gas: () => gas,
    run: (data) => (data.length === size && arePadded(data, size, size / FP_SIZE) ? run(data) : undefined),
  };
}

interface Multiplication {
  readonly gas: bigint;
  /** Field elements of a point. */
  readonly fields: number;
  readonly discounts: readonly bigint[];
  readonly run: Operation;
}

function multiplication(address: number, { gas, fields, discounts, run }: Multiplication): Precompile {
  const size = fields * FP_SIZE + SCALAR_SIZE;
  return {
    address,
    since: 'prague',
    gas(data) {
      const pairs = Math.floor(data.length / size);
      const discount = discounts[Math.min(pairs, discounts.length) - 1] ?? 0n;
      return (BigInt(pairs) * gas * discount) / 1_000n;
    },
    run: (data) => (isList(data, size) && arePadded(data, size, fields) ? run(data) : undefined),
  };
}

function pairing(bls: Bls12381): Precompile {
  return {
    address: 0x0f,
    since: 'prague',
    gas: (data) => 37_700n + 32_600n * BigInt(Math.floor(data.length / PAIR_SIZE)),
    run: (data) =>
      isList(data, PAIR_SIZE) && arePadded(data, PAIR_SIZE, PAIR_SIZE / FP_SIZE)
        ? toWord(bls.pairing(data))
        : undefined,
  };
}

function isList(data: Uint8Array, size: number): boolean {
  return data.length > 0 && data.length % size === 0;
}

/** Whether the `fields` elements at the start of each item of `size` bytes have their padding. */
function arePadded(data: Uint8Array, size: number, fields: number): boolean {
  for (let item = 0; item < data.length; item += size) {
    for (let start = item; start < item + fields * FP_SIZE; start += FP_SIZE) {
      if (data.subarray(start, start + FP_PADDING).some((byte) => byte !== 0)) return false;
    }
  }
  return true;
}

/** Thousandths of the price of so many multiplications apart, by their number less one; the last holds for more. */
function discounts(table: string): readonly bigint[] {
  return table.split(' ').map(BigInt);
}

const G1_DISCOUNTS = discounts(
  '1000 949 848 797 764 750 738 728 719 712 705 698 692 687 682 677 673 669 665 661 658 654 651 648 645 642 640 ' +
    '637 635 632 630 627 625 623 621 619 617 615 613 611 609 608 606 604 603 601 599 598 596 595 593 592 591 589 ' +
    '588 586 585 584 582 581 580 579 577 576 575 574 573 572 570 569 568 567 566 565 564 563 562 561 560 559 558 ' +
    '557 556 555 554 553 552 551 550 549 548 547 547 546 545 544 543 542 541 540 540 539 538 537 536 536 535 534 ' +
    '533 532 532 531 530 529 528 528 527 526 525 525 524 523 522 522 521 520 520 519',
);
const G2_DISCOUNTS = discounts(
  '1000 1000 923 884 855 832 812 796 782 770 759 749 740 732 724 717 711 704 699 693 688 683 679 674 670 666 ' +
    '663 659 655 652 649 646 643 640 637 634 632 629 627 624 622 620 618 615 613 611 609 607 606 604 602 600 598 ' +
    '597 595 593 592 590 589 587 586 584 583 582 580 579 578 576 575 574 573 571 570 569 568 567 566 565 563 562 ' +
    '561 560 559 558 557 556 555 554 553 552 552 551 550 549 548 547 546 545 545 544 543 542 541 541 540 539 538 ' +
    '537 537 536 535 535 534 533 532 532 531 530 530 529 528 528 527 526 526 525 524 524',
);
