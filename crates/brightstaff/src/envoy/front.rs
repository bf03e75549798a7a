//! Gives Envoy what it serves by.

use std::io;

use common::{Listener, ListenerType, SealingKey};

use super::admin::Admin;
use super::resources::{files_of, name_of, settings_of, with_settings, Files, FILTER};
use super::watched::WatchedFolder;
use super::words::Words;
use super::{Envoy, EnvoySettings};
use crate::configuration::Configuration;
use crate::listeners::{bind_new, Place};
use crate::server::ServerError;

/// What Envoy has.
pub(crate) struct Front {
    settings: EnvoySettings,
    /// Secret.
    key: [u8; 32],
    sealing: SealingKey,
    /// How often has been sealed.
    seals: u64,
    words: Words,
    folder: WatchedFolder,
    /// What the filter has, not sealed. Secret.
    filter_settings: Vec<u8>,
    /// Where Envoy listens for clients.
    places: Vec<Place>,
}

impl Front {
    /// Writes what Envoy is to start with. Fails where a port is taken.
    pub(crate) fn prepare(
        settings: EnvoySettings,
        configuration: &Configuration,
    ) -> Result<Self, ServerError> {
        let mut key = [0; 32];
        let random = rustls::crypto::ring::default_provider().secure_random;
        random
            .fill(&mut key)
            .map_err(|_| ServerError::Envoy("there are no random numbers".to_owned()))?;
        let words = Words::new(settings.log.as_deref());
        let mut front = Self {
            folder: WatchedFolder::new(&settings, words.clone()),
            words,
            settings,
            sealing: SealingKey::new(&key),
            key,
            seals: 0,
            filter_settings: Vec::new(),
            places: Vec::new(),
        };
        // The sockets are Envoy's to open; these only tell whether it can.
        drop(bind_new(&[], &configuration.written.listeners)?);
        let next = front.next(configuration)?;
        front.folder.open(next.files).map_err(|cause| {
            let what = "the files that Envoy watches".to_owned();
            ServerError::Io { what, cause }
        })?;
        front.filter_settings = next.filter_settings;
        front.listens_at(configuration);
        Ok(front)
    }

    /// Starts the Envoy that takes the files.
    pub(crate) fn start(&self) -> io::Result<Envoy> {
        let key = SealingKey::text_of(&self.key);
        Envoy::start(self.settings.clone(), key, self.words.clone())
    }

    /// What this program listens at for Envoy.
    pub(crate) fn brightstaff(&self, configured: &[Listener]) -> Listener {
        let own = self.settings.brightstaff;
        let longest = configured.iter().map(|listener| listener.timeout_ms).max();
        Listener {
            name: "bright_staff".to_owned(),
            kind: ListenerType::Model,
            address: own.address.to_string(),
            port: own.port,
            timeout_ms: longest.unwrap_or_default(),
            router: None,
            max_retries: None,
            agents: Vec::new(),
            input_filters: Vec::new(),
            output_filters: Vec::new(),
        }
    }

    pub(crate) fn admin(&self) -> Admin {
        Admin(self.settings.admin)
    }

    /// Whether Envoy listens at this port.
    pub(crate) fn has_port(&self, port: u16) -> bool {
        self.places.iter().any(|place| place.port == port)
    }

    /// Has Envoy serve by another configuration; returns when it does. If it does
    /// not, it goes on as before. Calls under way finish on what they began with.
    pub(crate) async fn give(&mut self, configuration: &Configuration) -> Result<(), ServerError> {
        let places: Vec<&Place> = self.places.iter().collect();
        drop(bind_new(&places, &configuration.written.listeners)?);
        let next = self.next(configuration)?;
        self.folder
            .give(next.files)
            .await
            .map_err(ServerError::Envoy)?;
        self.filter_settings = next.filter_settings;
        self.listens_at(configuration);
        Ok(())
    }

    fn listens_at(&mut self, configuration: &Configuration) {
        let listeners = configuration.written.listeners.iter();
        self.places = listeners.map(Place::of).collect();
    }

    /// The files for a configuration.
    fn next(&mut self, configuration: &Configuration) -> Result<Next, ServerError> {
        let resources = configuration.envoy.as_ref().ok_or_else(|| {
            ServerError::Invalid("the configuration was not rendered for Envoy".to_owned())
        })?;
        let upstreams = configuration.live.snapshot.upstreams().iter();
        // A local agent is this program's affair, Envoy does not reach it.
        for upstream in upstreams.filter(|upstream| !upstream.is_local_agent()) {
            let origin = &upstream.origin;
            let scheme = if origin.https { "https" } else { "http" };
            let cluster = format!("{scheme}://{}:{}", origin.host, origin.port);
            let mut known = resources.clusters.iter().map(name_of);
            if !known.any(|name| name == cluster) {
                let name = &upstream.name;
                let reason = format!("model provider '{name}': Envoy gets no cluster {cluster}");
                return Err(ServerError::Invalid(reason));
            }
        }
        let filter_settings = configuration.filter_settings()?;
        let mut files = files_of(resources, configuration.certificates());
        if let Some(filter) = files.get_mut(FILTER) {
            let same =
                (filter_settings == self.filter_settings).then(|| self.folder.content(FILTER));
            let sealed = match same.flatten().and_then(|old| settings_of(old.first()?)) {
                Some(sealed) => sealed.to_owned(),
                None => {
                    self.seals += 1;
                    let sealed = self.sealing.seal(self.seals, &filter_settings);
                    let failed = || ServerError::Envoy("the keys cannot be sealed".to_owned());
                    sealed.ok_or_else(failed)?
                }
            };
            *filter = with_settings(filter, &sealed);
        }
        Ok(Next {
            files,
            filter_settings,
        })
    }
}

/// What is to be given.
struct Next {
    files: Files,
    /// Secret.
    filter_settings: Vec<u8>,
}
