//! The files that Envoy watches, each put in the old one's place when it is
//! complete.

use std::collections::BTreeMap;
use std::fs::{create_dir_all, set_permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::admin::{Admin, Progress};
use super::resources::{
    access_logs, discovery, name_of, together, Files, CLUSTERS, FILTER, LISTENERS,
};
use super::words::{open_log, Words};
use super::EnvoySettings;
use crate::files::replace;

/// How long Envoy may take to take a file.
const LIMIT: Duration = Duration::from_secs(5);
/// How long a cluster stays that no configuration names any more: a call that began
/// before may still be on its way to the provider.
const CALL_LIMIT: Duration = Duration::from_secs(600);
/// How often it is asked.
const POLL: Duration = Duration::from_millis(4);

/// A folder of them, and who reads it.
pub(super) struct WatchedFolder {
    path: PathBuf,
    admin: Admin,
    words: Words,
    /// Of the files written last.
    version: u64,
    /// What Envoy has.
    files: Files,
    /// The clusters that no configuration names any more, and since when.
    left: BTreeMap<String, Instant>,
}

impl WatchedFolder {
    pub(super) fn new(settings: &EnvoySettings, words: Words) -> Self {
        Self {
            path: settings.discovery.clone(),
            admin: Admin(settings.admin),
            words,
            version: 0,
            files: Files::new(),
            left: BTreeMap::new(),
        }
    }

    /// Makes the folder, for its owner only, with what Envoy is to start with.
    pub(super) fn open(&mut self, files: Files) -> io::Result<()> {
        create_dir_all(&self.path)?;
        set_permissions(&self.path, PermissionsExt::from_mode(0o700))?;
        self.files = files;
        self.write_all()
    }

    /// What Envoy has of a file.
    pub(super) fn content(&self, name: &str) -> Option<&[Value]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// Has Envoy take other files. If it refuses one it keeps what it had; the
    /// error says why.
    pub(super) async fn give(&mut self, next: Files) -> Result<(), String> {
        let next = match self.exchange(next).await {
            Ok(taken) => taken,
            Err(reason) => {
                if let Err(error) = self.write_all() {
                    tracing::error!(%error, "what Envoy had cannot be put back");
                }
                return Err(reason);
            }
        };
        for name in self.files.keys().filter(|name| !next.contains_key(*name)) {
            // Routes of a listener that is gone: nobody watches them any more.
            let _ = std::fs::remove_file(self.path_of(name));
        }
        self.files = next;
        Ok(())
    }

    /// Writes `next`: first the clusters, beside those that are in use, then what
    /// leads to them, and at last only what is still needed. Returns what Envoy has.
    async fn exchange(&mut self, mut next: Files) -> Result<Files, String> {
        let list = |files: &Files| files.get(CLUSTERS).cloned().unwrap_or_default();
        let (wanted, old) = (list(&next), list(&self.files));
        let both = together(&wanted, &old);
        if both != old {
            let clusters = Files::from([(CLUSTERS.to_owned(), both.clone())]);
            self.offer(&[CLUSTERS], &clusters).await?;
        }
        let is_changed =
            |name: &String| *name != CLUSTERS && next.get(name) != self.files.get(name);
        let changed = next.keys().filter(|name| is_changed(name));
        let mut changed: Vec<&str> = changed.map(String::as_str).collect();
        // Listeners at last: a new one asks for its routes when it comes.
        changed.sort_by_key(|name| *name == LISTENERS);
        if !changed.is_empty() {
            self.offer(&changed, &next).await?;
        }
        let needed = self.needed(&wanted, both.clone());
        let is_less = needed != both;
        next.insert(CLUSTERS.to_owned(), needed);
        if is_less {
            self.write(&[CLUSTERS], &next)
                .map_err(|error| error.to_string())?;
        }
        Ok(next)
    }

    /// Without the clusters that were left so long ago that no call needs them.
    fn needed(&mut self, wanted: &[Value], mut all: Vec<Value>) -> Vec<Value> {
        let now = Instant::now();
        let is_wanted = |name: &str| wanted.iter().any(|cluster| name_of(cluster) == name);
        for name in all.iter().map(name_of).filter(|name| !is_wanted(name)) {
            self.left.entry(name.to_owned()).or_insert(now);
        }
        self.left
            .retain(|name, since| !is_wanted(name) && now - *since < CALL_LIMIT);
        all.retain(|cluster| {
            let name = name_of(cluster);
            is_wanted(name) || self.left.contains_key(name)
        });
        all
    }

    /// Writes files and waits until Envoy has taken them.
    async fn offer(&mut self, names: &[&str], files: &Files) -> Result<(), String> {
        let asked = self.admin.progress().await;
        let before = asked.map_err(|error| format!("Envoy does not answer: {error}"))?;
        let said = self.words.mark();
        self.write(names, files)
            .map_err(|error| format!("cannot write in {}: {error}", self.path.display()))?;
        let deadline = Instant::now() + LIMIT;
        loop {
            let now = self.admin.progress().await.unwrap_or_default();
            if now.refused > before.refused {
                return Err(self.words.refusal_since(said).await);
            }
            if now.warming == 0 && names.iter().all(|name| self.is_taken(name, &now)) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err("Envoy does not take the configuration in time".to_owned());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn is_taken(&self, name: &str, now: &Progress) -> bool {
        match name {
            CLUSTERS => now.is_at("cluster_manager.cds", self.version),
            LISTENERS => now.is_at("listener_manager.lds", self.version),
            FILTER => now.is_at(FILTER, self.version),
            // A listener that is new reads its routes before it counts as taken.
            routes => {
                let is_new = !self.files.contains_key(routes);
                is_new || now.is_at(&format!(".rds.{routes}"), self.version)
            }
        }
    }

    fn write_all(&mut self) -> io::Result<()> {
        let files = self.files.clone();
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        self.write(&names, &files)
    }

    /// Writes files as one version.
    fn write(&mut self, names: &[&str], files: &Files) -> io::Result<()> {
        self.version += 1;
        for name in names {
            let content = files.get(*name).map(Vec::as_slice).unwrap_or_default();
            if *name == LISTENERS {
                // Envoy would make its logs for everybody to read.
                for path in content.iter().flat_map(access_logs) {
                    open_log(Path::new(path))?;
                }
            }
            replace(&self.path_of(name), &discovery(self.version, content))?;
        }
        Ok(())
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.json"))
    }
}
