import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectionSharing } from "../../lambda/changes/connection-sharing.ts";
import type { ConnectionId } from "../../lambda/domain/identifiers.ts";

const connections = fc.array(
  fc.record({
    connectionId: fc.integer({ min: 0, max: 40 }).map((number) => `con_${number}` as ConnectionId),
    assignMembershipOnLogin: fc.boolean(),
  }),
  { maxLength: 6 },
);

it("knows exactly the connections that more than one Organization has, and those with membership on in more than one", () => {
  fc.assert(
    fc.property(fc.array(connections, { maxLength: 30 }), (organizations) => {
      const sharing = new ConnectionSharing();
      for (const one of organizations) sharing.add(one);
      const restored = ConnectionSharing.of(sharing.shared());
      for (let number = 0; number <= 40; number += 1) {
        const id = `con_${number}` as ConnectionId;
        const owners = organizations.filter((all) => all.some(({ connectionId }) => connectionId === id)).length;
        const members = organizations.filter((all) =>
          all.some((one) => one.connectionId === id && one.assignMembershipOnLogin),
        ).length;
        for (const one of [sharing, restored])
          expect([id, one.isShared(id), one.isMembershipShared(id)]).toEqual([id, owners > 1, members > 1]);
      }
      expect(restored.shared().length).toBe(sharing.shared().length);
    }),
  );
});

it("keeps what it knows while it grows, and what is shared takes 8 bytes each", () => {
  const sharing = new ConnectionSharing();
  const id = (number: number) => `con_${String(number).padStart(16, "0")}` as ConnectionId;
  const enabled = (number: number, assignMembershipOnLogin: boolean) => ({
    connectionId: id(number),
    assignMembershipOnLogin,
  });
  for (let number = 0; number < 20_000; number += 1) sharing.add([enabled(number, true), enabled(99_999, number < 2)]);
  sharing.add([enabled(7, false)]);
  sharing.add([enabled(8, true)]);
  const all = Array.from({ length: 20_000 }, (_, number) => id(number));
  const stored = sharing.shared();
  expect(stored.length).toBe(3 * 8);
  for (const one of [sharing, ConnectionSharing.of(stored)]) {
    expect(all.filter((some) => one.isShared(some))).toEqual([id(7), id(8)]);
    expect(all.filter((some) => one.isMembershipShared(some))).toEqual([id(8)]);
    expect(one.isShared(id(99_999))).toBe(true);
    expect(one.isMembershipShared(id(99_999))).toBe(true);
  }
});
