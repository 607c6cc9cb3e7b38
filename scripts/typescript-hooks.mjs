import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript';

const { ModuleKind, ScriptTarget, transpileModule } = typescript;

/** Sources name each other as they will be called when they are compiled. */
export async function resolve(specifier, context, next) {
  const isBetweenSources = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
  return await next(isBetweenSources ? specifier.replace(/\.js$/, '.ts') : specifier, context);
}

/** Takes the types out; whether they are right is the type checker's business. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return await next(url, context);
  const { outputText } = transpileModule(await readFile(fileURLToPath(url), 'utf8'), {
    fileName: fileURLToPath(url),
    compilerOptions: {
      module: ModuleKind.ESNext,
      target: ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  return { format: 'module', source: outputText, shortCircuit: true };
}
