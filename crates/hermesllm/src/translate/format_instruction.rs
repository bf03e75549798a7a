use crate::ir::OutputFormat;

/// Asks in words for the output format that the model has no switch for.
pub(crate) fn format_instruction(
    format: Option<&OutputFormat<'_>>,
    takes_schemas: bool,
) -> Option<String> {
    match format? {
        OutputFormat::Text => None,
        OutputFormat::JsonObject => {
            Some("Answer with one JSON object and nothing else, without code fences.".to_owned())
        }
        OutputFormat::JsonSchema { schema, .. } => (!takes_schemas).then(|| {
            format!(
                "Answer with one JSON value and nothing else, without code fences. \
                 It must match this JSON Schema: {schema}"
            )
        }),
    }
}
