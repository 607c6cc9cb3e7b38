import type { DeviceKeeper, ForgetReport, ForgottenPart } from '../domain/device-keeper.js';
import type { DeviceId } from '../domain/ids.js';
import { messageOf } from '../errors.js';

/** Has every keeper let go of a device, one after the other, and looks at each whether anything is left. */
export async function forgetDevice(
  device: DeviceId,
  keepers: readonly DeviceKeeper[],
): Promise<ForgetReport> {
  const parts: ForgottenPart[] = [];
  for (const keeper of keepers) parts.push(await forgetPart(device, keeper));
  return { device, removed: parts.every(({ removed }) => removed), parts };
}

/** One that fails must not keep the others from letting go. */
async function forgetPart(device: DeviceId, keeper: DeviceKeeper): Promise<ForgottenPart> {
  const { name } = keeper;
  try {
    await keeper.forget(device);
    const isLeft = await keeper.holds(device);
    return {
      name,
      removed: !isLeft,
      detail: isLeft ? 'there is something of it again; is it still sending?' : '',
    };
  } catch (error) {
    return { name, removed: false, detail: messageOf(error) };
  }
}
