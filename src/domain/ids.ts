declare const deviceIdBrand: unique symbol;

/** A device's name, checked: safe as an MQTT topic level, a tag value, a path segment and a log field. */
export type DeviceId = string & { readonly [deviceIdBrand]: true };

/** What a device's name may look like, for messages and documentation. */
export const DEVICE_ID_RULE = '1 to 64 of A-Z a-z 0-9 _ . : -, starting with a letter or digit, without ".."';

const DEVICE_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

/** Checks a name against {@link DEVICE_ID_RULE}; `undefined` when it breaks the rule. */
export function parseDeviceId(text: string): DeviceId | undefined {
  return DEVICE_ID_PATTERN.test(text) && !text.includes('..') ? (text as DeviceId) : undefined;
}
