//! What each endpoint does.

mod capabilities;
mod model_lists;
mod models;

use std::rc::Rc;

use gateway_core::{Endpoint, LocalReply};
use hermesllm::{ApiError, ErrorKind};
use http::header::{HeaderValue, ALLOW, CONTENT_TYPE};
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::call::{self, ReplyBody};
use crate::listeners::ListenerSettings;
use crate::web_pages::is_of_rebound_page;
use crate::worker::Worker;

pub(crate) use model_lists::ModelLists;

const REBOUND: &str =
    "requests from web pages are taken here at an IP address, localhost, *.local and *.internal only";

/// Answers a request. `ambiguous` tells that its framing can be read in two ways.
pub(crate) async fn dispatch(
    worker: &Rc<Worker>,
    request: Request<Incoming>,
    ambiguous: bool,
    listener: &ListenerSettings,
) -> Response<ReplyBody> {
    let path = request.uri().path();
    let refused = |kind, message: &str| {
        let error = ApiError::new(kind, message);
        let shape = gateway_core::shape_of(path);
        ReplyBody::from_local(LocalReply::error(shape, &error))
    };
    if ambiguous {
        let message = "the request has both 'content-length' and 'transfer-encoding'";
        return refused(ErrorKind::InvalidRequest, message);
    }
    if listener.is_loopback() && is_of_rebound_page(&request) {
        return refused(ErrorKind::Permission, REBOUND);
    }
    let local = match Endpoint::find(request.method(), path) {
        Ok(Endpoint::Call(call)) => {
            return call::answer(worker, call, request, listener.timeout()).await;
        }
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
