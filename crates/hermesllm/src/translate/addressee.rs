use super::Notes;
use crate::capabilities::Capabilities;
use crate::providers::Provider;
use crate::tools::ToolNames;

/// Whom a request is written for, and what is learned while it is written.
#[derive(Debug)]
pub(crate) struct Addressee<'t> {
    pub(crate) provider: &'static Provider,
    /// The model's id at the provider.
    pub(crate) model: &'t str,
    pub(crate) capabilities: Capabilities,
    pub(crate) names: ToolNames,
    pub(crate) notes: Notes,
}
