import { unknownModel } from "./known-models.ts";
import { failure, type Rule, repeated } from "./rule.ts";

const modelsNameProviderAndId: Rule = ({ providers }) =>
  providers
    .filter(({ fullModel }) => !isWellFormed(fullModel))
    .map(({ path, fullModel }) =>
      failure("model-format", [...path, "model"], "`model` must be provider/model, such as openai/gpt-4o", {
        value: fullModel,
      }),
    );

const wildcardsCoverAWholeProvider: Rule = ({ providers }) =>
  providers
    .filter(({ isWildcard, modelId, fullModel }) => isWildcard && isWellFormed(fullModel) && modelId !== "*")
    .map(({ path, fullModel, prefix }) =>
      failure("wildcard", [...path, "model"], "a wildcard stands for all models of a provider", {
        value: fullModel,
        suggestion: `${prefix}/*`,
      }),
    );

const wildcardsAreNotDefault: Rule = ({ providers }) =>
  providers
    .filter(({ isWildcard, isDefault }) => isWildcard && isDefault)
    .map(({ path }) =>
      failure("wildcard", [...path, "default"], "a wildcard cannot be default; name the model that shall be"),
    );

const onlyOneDefault: Rule = ({ providers }) =>
  providers
    .filter(({ isDefault }) => isDefault)
    .slice(1)
    .map(({ path, name }) =>
      failure("default-count", [...path, "default"], `only one provider can be default; ${name} is another`),
    );

const namesAreUnique: Rule = ({ providers }) =>
  repeated(providers, ({ name }) => name).map(({ path, name }) =>
    failure("duplicate-name", [...path, "name"], `Duplicate model_provider name ${JSON.stringify(name)}`),
  );

const modelsAreUnique: Rule = ({ providers }) => {
  const models = providers.filter(({ fullModel }) => isWellFormed(fullModel));
  const sameFullModel = repeated(models, ({ fullModel }) => fullModel);
  const sameId = repeated(
    models.filter((provider) => !provider.isWildcard && !sameFullModel.includes(provider)),
    ({ modelId }) => modelId,
  );
  return [
    ...sameFullModel.map(({ path, fullModel }) =>
      failure("duplicate-model", [...path, "model"], `Duplicate model ${JSON.stringify(fullModel)}`),
    ),
    ...sameId.map(({ path, modelId, fullModel }) =>
      failure("duplicate-model", [...path, "model"], `Duplicate model_id ${JSON.stringify(modelId)}`, {
        value: fullModel,
      }),
    ),
  ];
};

const aliasesHaveATarget: Rule = ({ aliases, providers }) =>
  aliases.flatMap(({ name, target, path }) =>
    unknownModel("alias-target", path, target, `the target of alias ${JSON.stringify(name)}`, providers),
  );

function isWellFormed(fullModel: string): boolean {
  const segments = fullModel.split("/");
  return segments.length > 1 && segments.every((segment) => segment !== "");
}

/** Models, wildcards, names and aliases. */
export const modelRules: readonly Rule[] = [
  modelsNameProviderAndId,
  wildcardsCoverAWholeProvider,
  wildcardsAreNotDefault,
  onlyOneDefault,
  namesAreUnique,
  modelsAreUnique,
  aliasesHaveATarget,
];
