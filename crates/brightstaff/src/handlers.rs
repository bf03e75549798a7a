//! What each endpoint does.

mod capabilities;
mod model_lists;
mod models;

use std::rc::Rc;
use std::time::Duration;

use gateway_core::{Endpoint, LocalReply};
use hermesllm::{ApiError, ErrorKind};
use http::header::{HeaderValue, ALLOW, CONTENT_TYPE};
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::call::{self, ReplyBody};
use crate::worker::Worker;

pub(crate) use model_lists::ModelLists;

/// Answers a request. `ambiguous` tells that its framing can be read in two ways;
/// `timeout` is the longest wait for a provider's answer to begin.
pub(crate) async fn dispatch(
    worker: &Rc<Worker>,
    request: Request<Incoming>,
    ambiguous: bool,
    timeout: Duration,
) -> Response<ReplyBody> {
    let path = request.uri().path();
    if ambiguous {
        let error = ApiError::new(
            ErrorKind::InvalidRequest,
            "the request has both 'content-length' and 'transfer-encoding'",
        );
        let shape = gateway_core::shape_of(path);
        return ReplyBody::from_local(LocalReply::error(shape, &error));
    }
    let local = match Endpoint::find(request.method(), path) {
        Ok(Endpoint::Call(call)) => return call::answer(worker, call, request, timeout).await,
        Ok(Endpoint::Health) => health(),
        Ok(Endpoint::Options(allow)) => options(allow),
        Ok(Endpoint::Models(api)) => {
            let shape = models::shape(api, request.uri().query(), request.headers());
            models::list(worker, request.headers(), shape).await
        }
        Ok(Endpoint::Model(api, id)) => {
            let shape = models::shape(api, request.uri().query(), request.headers());
            models::one(worker, request.headers(), shape, &id).await
        }
        Ok(Endpoint::Capabilities) => capabilities::list(&worker.snapshot()),
        Err(refusal) => LocalReply::refusal(&refusal, request.method().as_str(), path),
    };
    ReplyBody::from_local(local)
}

fn health() -> LocalReply {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    LocalReply {
        status: StatusCode::OK,
        headers,
        body: b"ok\n".to_vec(),
    }
}

/// Says what may be asked, and grants other sites' pages nothing.
fn options(allow: &'static str) -> LocalReply {
    let mut headers = HeaderMap::new();
    headers.insert(ALLOW, HeaderValue::from_static(allow));
    LocalReply {
        status: StatusCode::NO_CONTENT,
        headers,
        body: Vec::new(),
    }
}
