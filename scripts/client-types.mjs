import openapiTS, { astToString } from 'openapi-typescript';

const HEAD = '// Written by "npm run client" from the OpenAPI document of the gateway; not to be edited.\n';

/** TypeScript types of everything an OpenAPI document describes. */
export async function clientTypes(document) {
  const types = await openapiTS(document, { alphabetize: true });
  return HEAD + astToString(types);
}
