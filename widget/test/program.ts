/** The package as the TypeScript compiler sees it, and what the documents say of it compiled against that. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import ts from "typescript";
import { pathOf } from "./markdown.js";

const WIDGET = pathOf("widget/");

const manifest = JSON.parse(readFileSync(pathOf("widget/package.json"), "utf8")) as {
  exports: Record<string, string | { types: string }>;
};

/** What can be imported, by the name of the import: files of the sources. */
export const entries: ReadonlyMap<string, string> = new Map(
  Object.entries(manifest.exports).map(([name, target]) => [
    name.replace(/^\./, "inkling-compose"),
    typeof target === "string" ? target : target.types.replace("./dist/", "./src/").replace(/\.d\.ts$/, ".ts"),
  ]),
);

function strictOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(`${WIDGET}tsconfig.json`, (path) => readFileSync(path, "utf8")) as {
    config: { compilerOptions: unknown };
  };
  const { options, errors } = ts.convertCompilerOptionsFromJson(config.compilerOptions, WIDGET);
  if (errors.length > 0) throw new Error("tsconfig.json cannot be read");
  const modules = [...entries].filter(([, file]) => file.endsWith(".ts"));
  return {
    ...options,
    allowJs: true,
    checkJs: true,
    typeRoots: [`${WIDGET}node_modules/@types`],
    paths: Object.fromEntries(modules.map(([name, file]) => [name, [WIDGET + file.slice(2)]])),
  };
}

/** What the compiler has against these files, written to a folder of this name, under the package's strict options. */
export function problemsOf(folder: string, files: ReadonlyMap<string, string>): string[] {
  const place = pathOf(`widget/build/docs/${folder}/`);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const names = [...files].map(([name, text]) => {
    writeFileSync(place + name, text);
    return place + name;
  });
  const program = ts.createProgram(names, strictOptions());
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, " ");
    if (file === undefined) return message;
    const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
    return `${file.fileName.replace(place, "")}:${line + 1} ${message}`;
  });
}

export interface Member {
  name: string;
  optional: boolean;
  /** What the source says of it. */
  comment: string;
}

/** The sources themselves. */
export class Sources {
  private readonly program = ts.createProgram(ts.sys.readDirectory(`${WIDGET}src`, [".ts"]), strictOptions());
  private readonly checker = this.program.getTypeChecker();
  readonly files: readonly ts.SourceFile[] = this.program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(`${WIDGET}src/`));

  /** The names that a file of the package exports. */
  exportsOf(file: string): Map<string, ts.Symbol> {
    const source = this.program.getSourceFile(WIDGET + file.replace("./", ""));
    const module = source && this.checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} exports nothing`);
    return new Map(this.checker.getExportsOfModule(module).map((one) => [one.name, one]));
  }

  /** A type that the main entry exports. */
  private typeOf(name: string): ts.Type {
    const symbol = this.exportsOf("./src/index.ts").get(name);
    if (symbol === undefined) throw new Error(`the package exports no ${name}`);
    const original = symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
    return this.checker.getDeclaredTypeOfSymbol(original);
  }

  membersOf(name: string): Member[] {
    return this.typeOf(name)
      .getProperties()
      .map((one) => ({
        name: one.name,
        optional: (one.flags & ts.SymbolFlags.Optional) !== 0,
        comment: ts.displayPartsToString(one.getDocumentationComment(this.checker)),
      }));
  }

  /** The texts that a type of strings allows. */
  wordsOf(name: string): string[] {
    return literals(this.typeOf(name));
  }

  /** What the alternatives of a union hold besides `type`, by its text. */
  alternativesOf(name: string): Map<string, string[]> {
    const type = this.typeOf(name);
    const found = new Map<string, string[]>();
    for (const one of type.isUnion() ? type.types : [type]) {
      const names = one.getProperties().map((property) => property.name);
      const kind = one.getProperty("type");
      if (kind === undefined) throw new Error(`${name} has an alternative without a type`);
      for (const text of literals(this.checker.getTypeOfSymbol(kind)))
        found.set(
          text,
          names.filter((one) => one !== "type"),
        );
    }
    return found;
  }

  /** The literal values of the one constant object of this name, as they are written. */
  objectOf(name: string): Map<string, string> {
    const made = this.constant(name);
    if (!ts.isObjectLiteralExpression(made)) throw new Error(`${name} is no object`);
    const values = made.properties.flatMap((one) =>
      ts.isPropertyAssignment(one) && isLiteral(one.initializer)
        ? [[one.name.getText(), one.initializer.getText()] as const]
        : [],
    );
    return new Map(values);
  }

  /** A number that one file, or the one file that has it, calls by this name. */
  numberOf(name: string, file = ""): number {
    return Number(this.constant(name, file).getText().replace(/_/g, ""));
  }

  private constant(name: string, file = ""): ts.Expression {
    const found: ts.Expression[] = [];
    for (const source of this.files) {
      if (!source.fileName.endsWith(file)) continue;
      walk(source, (node) => {
        if (!ts.isVariableDeclaration(node) || node.name.getText() !== name || node.initializer === undefined) return;
        found.push(ts.isAsExpression(node.initializer) ? node.initializer.expression : node.initializer);
      });
    }
    const [only, ...more] = found;
    if (only === undefined || more.length > 0) throw new Error(`there must be one ${name}, not ${found.length}`);
    return only;
  }

  file(name: string): ts.SourceFile {
    const source = this.program.getSourceFile(`${WIDGET}src/${name}`);
    if (source === undefined) throw new Error(`no ${name}`);
    return source;
  }
}

function isLiteral(node: ts.Node): boolean {
  return (
    ts.isLiteralExpression(node) ||
    (ts.isArrayLiteralExpression(node) && node.elements.every(isLiteral)) ||
    [ts.SyntaxKind.NullKeyword, ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword].includes(node.kind)
  );
}

function literals(type: ts.Type): string[] {
  return (type.isUnion() ? type.types : [type]).map((one) => {
    if (!one.isStringLiteral()) throw new Error("not only texts");
    return one.value;
  });
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
