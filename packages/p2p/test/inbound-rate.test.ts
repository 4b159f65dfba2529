import { expect, it } from 'vitest';
import { createInboundRate } from '../src/inbound-rate.ts';

it('counts connections of each public address, and none of this machine and of private networks', () => {
  let nowMs = 0;
  const rate = createInboundRate({ publicInboundPerSecond: 5 }, () => nowMs);
  const allowed = (address: string, count: number) =>
    Array.from({ length: count }, () => rate.allows(address)).filter((one) => one).length;
  expect(allowed('/ip4/203.0.113.7/tcp/40000', 20)).toBe(5);
  expect(allowed('/ip4/203.0.113.8/tcp/40000', 20)).toBe(5);
  expect(allowed('/ip6/2001:db8::1/tcp/40000', 20)).toBe(5);
  expect(allowed('/ip4/172.32.0.1/tcp/1', 20)).toBe(5);
  for (const near of ['127.0.0.1', '10.1.2.3', '172.17.0.2', '192.168.1.1', '169.254.1.1']) {
    expect(allowed(`/ip4/${near}/tcp/1`, 100), near).toBe(100);
  }
  for (const near of ['::1', 'fd12::1', 'fe80::1', '::ffff:127.0.0.1']) {
    expect(allowed(`/ip6/${near}/tcp/1`, 100), near).toBe(100);
  }
  nowMs += 1_000;
  expect(allowed('/ip4/203.0.113.7/tcp/40000', 20)).toBe(5);
  for (let index = 0; index < 5_000; index++) rate.allows(`/ip4/198.51.${index >> 8}.${index & 255}/tcp/1`);
  expect(allowed('/ip4/203.0.113.7/tcp/40000', 20), 'forgotten behind so many').toBe(5);
});
