//! The last list that was sent, which is sent again while nothing of it has changed: many clients ask for the same one, and
//! describing every flag is what costs.

#[cfg(feature = "compression")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use dflag::SourceStatus;

use crate::request::Format;
#[cfg(feature = "compression")]
use crate::request::accepts_gzip;
use crate::response::{self, EntityTag};
use crate::security::EditAccess;

/// The longest list that is kept, in bytes.
const BYTES: usize = 1 << 20;

/// Everything that decides what a list says, if no override expires and reading is not restricted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListKey {
    pub(crate) revision: u64,
    pub(crate) generation: u64,
    pub(crate) uri: Uri,
    pub(crate) format: Format,
    pub(crate) access: EditAccess,
    pub(crate) sources: Vec<SourceStatus>,
}

#[derive(Debug)]
pub(crate) struct SentList {
    key: ListKey,
    pub(crate) tag: EntityTag,
    content_type: &'static str,
    body: Bytes,
    /// The body with gzip, once a client has accepted it: compressing costs more than all else.
    #[cfg(feature = "compression")]
    gzip: OnceLock<Option<Bytes>>,
}

impl SentList {
    pub(crate) fn new(
        key: ListKey,
        tag: EntityTag,
        (content_type, body): (&'static str, Bytes),
    ) -> Self {
        Self {
            key,
            tag,
            content_type,
            body,
            #[cfg(feature = "compression")]
            gzip: OnceLock::new(),
        }
    }

    /// The list in an encoding that the request accepts.
    #[cfg_attr(not(feature = "compression"), expect(unused_variables))]
    pub(crate) fn response(&self, request: &HeaderMap) -> Response {
        #[cfg(feature = "compression")]
        if accepts_gzip(request)
            && let Some(gzip) = self.gzip.get_or_init(|| response::gzip(&self.body))
        {
            return response::compressed(self.with_body(gzip.clone()));
        }
        self.with_body(self.body.clone())
    }

    fn with_body(&self, body: Bytes) -> Response {
        let response = response::with_content_type(StatusCode::OK, self.content_type, body);
        self.tag.add(response)
    }
}

#[derive(Debug, Default)]
pub(crate) struct LastList(Mutex<Option<Arc<SentList>>>);

impl LastList {
    pub(crate) fn get(&self, key: &ListKey) -> Option<Arc<SentList>> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone().filter(|list| list.key == *key)
    }

    pub(crate) fn put(&self, list: SentList) {
        if list.body.len() <= BYTES {
            let list = Some(Arc::new(list));
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = list;
        }
    }
}
