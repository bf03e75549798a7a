//! Whom to trust.

use std::hash::BuildHasher;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use crate::files::read;

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

/// Whose certificates providers are believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trust {
    /// The system's authorities. They take a megabyte, so only if needed.
    system: bool,
    /// Those of a PEM file besides.
    extra: Option<Extra>,
}

#[derive(Debug, PartialEq, Eq)]
struct Extra {
    path: String,
    content: Vec<u8>,
}

impl Trust {
    /// Reads the PEM file `extra` when given; `system` tells whether the system's
    /// authorities are needed.
    pub(crate) fn read(system: bool, extra: Option<&str>) -> Result<Self, TlsError> {
        let extra = extra
            .map(|path| match read(path.as_ref()) {
                Ok(content) => Ok(Extra {
                    path: path.to_owned(),
                    content,
                }),
                Err(error) => Err(TlsError::Unreadable {
                    path: path.to_owned(),
                    cause: error.to_string(),
                }),
            })
            .transpose()?;
        Ok(Self { system, extra })
    }

    /// Tells the content of the file from another one; none if there is no file.
    pub(crate) fn fingerprint(&self) -> Option<u64> {
        let extra = self.extra.as_ref()?;
        Some(foldhash::quality::FixedState::default().hash_one(&extra.content))
    }

    /// Whether the file is the same one, but not what is in it.
    pub(crate) fn has_other_certificates_than(&self, before: &Self) -> bool {
        match (&self.extra, &before.extra) {
            (Some(now), Some(then)) => now.path == then.path && now.content != then.content,
            _ => false,
        }
    }
}

/// TLS for providers. Offers HTTP/2 and HTTP/1.1.
pub(crate) fn client_config(trust: &Trust) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    if trust.system {
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
    if let Some(Extra { path, content }) = &trust.extra {
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(content)
            .collect::<Result<_, _>>()
            .map_err(|error| TlsError::Unreadable {
                path: path.clone(),
                cause: error.to_string(),
            })?;
        if roots.add_parsable_certificates(certificates).0 == 0 {
            return Err(TlsError::Empty(path.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_other_certificates_in_the_same_file() {
        let with = |content: &[u8]| Trust {
            system: false,
            extra: Some(Extra {
                path: "a.pem".to_owned(),
                content: content.to_owned(),
            }),
        };
        assert!(with(b"1").has_other_certificates_than(&with(b"2")));
        assert!(!with(b"1").has_other_certificates_than(&with(b"1")));
        let none = Trust {
            system: false,
            extra: None,
        };
        assert!(!with(b"1").has_other_certificates_than(&none));
    }

    #[test]
    fn refuses_a_file_without_certificates() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let trust = Trust::read(false, Some(path)).unwrap();
        assert!(matches!(client_config(&trust), Err(TlsError::Empty(_))));
        assert!(Trust::read(false, Some("/nonesuch.pem")).is_err());
    }
}
