//! Whom to trust.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

/// Why certificate authorities cannot be loaded.
#[derive(Debug, Error)]
pub(crate) enum TlsError {
    #[error("overrides.upstream_tls_ca_path: cannot read certificates from {path}: {cause}")]
    Unreadable { path: String, cause: String },
    #[error("overrides.upstream_tls_ca_path: {0} holds no certificate")]
    Empty(String),
    #[error("TLS: {0}")]
    Rustls(#[from] rustls::Error),
}

/// TLS for providers: the system's authorities, and those in the PEM file
/// `extra` when given. Offers HTTP/2 and HTTP/1.1.
///
/// The system's are read only if `needed`, since they take a megabyte.
pub(crate) fn client_config(
    needed: bool,
    extra: Option<&str>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    if needed {
        let native = rustls_native_certs::load_native_certs();
        for error in &native.errors {
            tracing::warn!(%error, "some of the system's certificate authorities cannot be read");
        }
        let (added, _) = roots.add_parsable_certificates(native.certs);
        if added == 0 {
            tracing::warn!(
                "the system has no certificate authorities: https providers cannot be verified"
            );
        }
    }
    if let Some(path) = extra {
        let unreadable = |error: rustls::pki_types::pem::Error| TlsError::Unreadable {
            path: path.to_owned(),
            cause: error.to_string(),
        };
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
            .map_err(unreadable)?
            .collect::<Result<_, _>>()
            .map_err(unreadable)?;
        if roots.add_parsable_certificates(certificates).0 == 0 {
            return Err(TlsError::Empty(path.to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
