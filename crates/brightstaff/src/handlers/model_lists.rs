//! The models of wildcard entries, as their providers list them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use gateway_core::{Snapshot, Upstream};
use http::{HeaderMap, Method};
use serde::Deserialize;
use tokio::task::JoinSet;

use crate::upstream::{Call, Patience, Pool, ReplyBody, UpstreamBody};

/// How long a list is taken for true.
const LIFETIME: Duration = Duration::from_secs(300);

/// How long a failure is remembered, so that a provider that is down does not
/// slow every listing.
const FAILURE_LIFETIME: Duration = Duration::from_secs(15);

/// Longest wait for a provider's list.
const PATIENCE: Duration = Duration::from_secs(5);

/// Largest list read.
const MAX_LIST_BYTES: usize = 8 * 1024 * 1024;

/// A list, or nothing if the provider did not give one.
type Models = Option<Rc<Vec<String>>>;

/// Lists by name of the provider entry.
#[derive(Clone, Default)]
pub(crate) struct ModelLists {
    known: Rc<RefCell<Known>>,
}

#[derive(Default)]
struct Known {
    /// The configuration that they are lists of.
    of: Weak<Snapshot>,
    lists: HashMap<String, (Instant, Models)>,
}

impl Known {
    fn is_of(&self, snapshot: &Arc<Snapshot>) -> bool {
        std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(snapshot))
    }
}

impl ModelLists {
    /// The models of every wildcard entry, by index. `client` holds the caller's
    /// headers, for entries that pass its credential on; their lists are the
    /// caller's own and are not kept.
    pub(crate) async fn of_wildcards(
        &self,
        snapshot: &Arc<Snapshot>,
        pool: &Pool,
        client: &HeaderMap,
    ) -> HashMap<usize, Models> {
        self.forget_others(snapshot);
        let mut lists = HashMap::new();
        let mut asked = JoinSet::new();
        for (index, upstream) in snapshot.upstreams().iter().enumerate() {
            if !upstream.is_wildcard() {
                continue;
            }
            if let Some(models) = self.remembered(upstream) {
                lists.insert(index, models);
                continue;
            }
            let (snapshot, pool, client) = (Arc::clone(snapshot), pool.clone(), client.clone());
            asked.spawn_local(async move {
                let answer = ask(&snapshot.upstreams()[index], &pool, &client);
                let models = tokio::time::timeout(PATIENCE, answer).await;
                (index, models.ok().flatten())
            });
        }
        while let Some(Ok((index, models))) = asked.join_next().await {
            let models = models.map(Rc::new);
            self.remember(snapshot, index, models.clone());
            lists.insert(index, models);
        }
        lists
    }

    fn remembered(&self, upstream: &Upstream) -> Option<Models> {
        let known = self.known.borrow();
        let (since, models) = known.lists.get(&*upstream.name)?;
        let lifetime = if models.is_some() {
            LIFETIME
        } else {
            FAILURE_LIFETIME
        };
        (since.elapsed() < lifetime).then(|| models.clone())
    }

    fn remember(&self, snapshot: &Arc<Snapshot>, index: usize, models: Models) {
        let upstream = &snapshot.upstreams()[index];
        let mut known = self.known.borrow_mut();
        if !upstream.passes_credentials() && known.is_of(snapshot) {
            let entry = (Instant::now(), models);
            known.lists.insert(upstream.name.to_string(), entry);
        }
    }

    /// Under another configuration a name may stand for another provider.
    fn forget_others(&self, snapshot: &Arc<Snapshot>) {
        let mut known = self.known.borrow_mut();
        if !known.is_of(snapshot) {
            *known = Known {
                of: Arc::downgrade(snapshot),
                lists: HashMap::new(),
            };
        }
    }
}

/// The part of a list that providers agree on: models under `data`, or `models`
/// at Google and Cohere, each with its `id`, or only a `name`.
#[derive(Deserialize)]
struct List {
    data: Option<Vec<Entry>>,
    models: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    id: Option<String>,
    name: Option<String>,
}

async fn ask(upstream: &Upstream, pool: &Pool, client: &HeaderMap) -> Option<Vec<String>> {
    let (path, headers) = upstream.models_request(client)?;
    let call = Call {
        method: Method::GET,
        path,
        headers,
        body: UpstreamBody::default(),
    };
    let patience = Patience {
        connect: PATIENCE,
        first_byte: PATIENCE,
    };
    let reply = match pool.send(&upstream.origin, call, patience).await {
        Ok(reply) => reply,
        Err(failure) => {
            tracing::info!(provider = %upstream.name, %failure, "the model list cannot be had");
            return None;
        }
    };
    if !reply.head.status.is_success() {
        let status = reply.head.status.as_u16();
        tracing::info!(provider = %upstream.name, status, "the model list cannot be had");
        return None;
    }
    let body = read(reply.body).await?;
    let list: List = serde_json::from_slice(&body).ok()?;
    let entries = list.data.or(list.models)?;
    let ids = entries.into_iter().filter_map(|entry| {
        let id = entry.id.or(entry.name)?;
        // Gemini writes `models/NAME`.
        Some(id.strip_prefix("models/").unwrap_or(&id).to_owned())
    });
    Some(ids.collect())
}

async fn read(mut body: ReplyBody) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = std::future::poll_fn(|context| body.poll_piece(context)).await {
        let piece = piece.ok()?;
        if bytes.len() + piece.len() > MAX_LIST_BYTES {
            return None;
        }
        bytes.extend_from_slice(&piece);
    }
    Some(bytes)
}
