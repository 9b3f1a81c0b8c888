/** What is refused in the widget's sources: expressions for their effect, and what hides a mistake. */

import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["build/", "dist/", "node_modules/"] },
  eslint.configs.recommended,
  {
    files: ["src/**/*.ts", "test/**/*.ts", "playground/**/*.{ts,tsx}"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-else-return": "error",
      "no-nested-ternary": "error",
      "no-return-assign": "error",
      "no-sequences": "error",
      "no-var": "error",
      "prefer-const": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-expressions": "error",
      // `void` marks a promise that nobody waits for, nothing else.
      "no-void": ["error", { allowAsStatement: true }],
      // How a library's types are added to: by interfaces and namespaces of its own.
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      "@typescript-eslint/no-namespace": ["error", { allowDeclarations: true }],
      // A source fails with a Failure, which is no Error.
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/prefer-promise-reject-errors": "off",
    },
  },
  {
    // Node.js waits for its tests by itself, and what stands for a source there need not wait.
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/no-floating-promises": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: ["playground/**/*.{ts,tsx}"],
    rules: { "no-void": "off" },
  },
  {
    // Types that others merge into theirs.
    files: ["src/markup.ts", "playground/shared/components.d.ts"],
    rules: {
      "@typescript-eslint/ban-ts-comment": "off",
      "@typescript-eslint/consistent-type-imports": "off",
      "@typescript-eslint/no-explicit-any": "off",
    },
  },
  {
    files: ["*.mjs"],
    languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } },
  },
);
