import openapiTS, { astToString } from 'openapi-typescript';

const HEAD = '// Written by "npm run client" from the OpenAPI document of the gateway; not to be edited.\n';

/** TypeScript types of everything an OpenAPI document describes. Examples are left out: they would be a third of it. */
export async function clientTypes(document) {
  const types = await openapiTS(withoutExamples(document), { alphabetize: true });
  return HEAD + astToString(types);
}

function withoutExamples(document) {
  const isMedia = (value) =>
    typeof value === 'object' && value !== null && 'schema' in value && 'example' in value;
  return JSON.parse(JSON.stringify(document), (_key, value) =>
    isMedia(value) ? { ...value, example: undefined } : value,
  );
}
