//! A connection, and the requests that are made on it.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;

use super::access::Access;
use super::error_text::{chain, is_of_credentials};
use super::failure::Failure;
use crate::judge::Revision;
use crate::name::ObjectName;
use crate::object::{Object, Shape};

/// The longest response, and the longest line of a watch. An object has at most 1 MiB, of which JSON may write each byte as six.
pub(crate) const MAX_RESPONSE: usize = 16 << 20;

/// What asks for metadata only.
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// The body of a watch.
pub(crate) type Body = kube::client::Body;

/// A connection to the API server, for one ConfigMap.
pub(crate) struct Connection {
    client: kube::Client,
    name: Arc<ObjectName>,
}

/// The answer to a list.
pub(crate) struct Listed {
    /// `None` if there is no such object.
    pub(crate) object: Option<Object>,
    /// The version from which on a watch follows the list.
    pub(crate) version: String,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct List<T> {
    #[serde(default)]
    metadata: ListMetadata,
    /// Required: an answer without it is none of an API server, and does not say that there is no object.
    #[serde(deserialize_with = "Option::deserialize")]
    items: Option<Vec<T>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ListMetadata {
    resource_version: String,
}

#[derive(Deserialize)]
struct Metadata {
    metadata: crate::object::Metadata,
}

impl Connection {
    /// A new connection, with the credentials that are there now. It connects with the first request.
    pub(super) async fn new(access: &Access, name: &Arc<ObjectName>) -> Result<Self, Failure> {
        Ok(Self {
            client: access.client().await?,
            name: Arc::clone(name),
        })
    }

    /// Lists the object. Without a resource version this is a consistent read: it is never older than an earlier answer,
    /// unless the cluster was restored.
    pub(crate) async fn list(&self) -> Result<Listed, Failure> {
        let list: List<Shape> = self.get("application/json").await?;
        let mut items = list.items.into_iter().flatten();
        let item = items.find(|item| item.metadata.name == self.name.name());
        let object = item.map(Shape::into_object).transpose();
        let object = object.map_err(|key| malformed_key(&key))?;
        Ok(Listed {
            object,
            version: list.metadata.resource_version,
        })
    }

    /// Which version of the object there is; `None` if there is none.
    pub(crate) async fn revision(&self) -> Result<Option<Revision>, Failure> {
        let list: List<Metadata> = self.get(METADATA_ONLY).await?;
        let mut items = list.items.iter().flatten();
        let item = items.find(|item| item.metadata.name == self.name.name());
        Ok(item.map(|item| item.metadata.revision()))
    }

    /// Opens a watch that follows `version`. The server closes it after `length`.
    pub(crate) async fn watch(&self, version: &str, length: Duration) -> Result<Body, Failure> {
        let uri = format!(
            "{}&watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={}",
            self.name.path(),
            length.as_secs()
        );
        Ok(self
            .send(request(&uri, "application/json"))
            .await?
            .into_body())
    }

    /// Creates an Event in a namespace.
    pub(crate) async fn create_event(&self, namespace: &str, event: String) -> Result<(), Failure> {
        let path = format!("/api/v1/namespaces/{namespace}/events");
        let mut request = request(&path, "application/json");
        *request.method_mut() = http::Method::POST;
        let json = http::HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        let (parts, _) = request.into_parts();
        let request = Request::from_parts(parts, Body::from(event.into_bytes()));
        self.send(request).await.map(|_| ())
    }

    async fn get<T: for<'a> Deserialize<'a>>(&self, accept: &'static str) -> Result<T, Failure> {
        let response = self.send(request(&self.name.path(), accept)).await?;
        let body = read(response.into_body()).await?;
        serde_json::from_slice(&body).map_err(|error| Failure::Malformed(error.to_string()))
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        let response = self.client.send(request).await;
        let response = response.map_err(|error| {
            // A token that expires is renewed for the request.
            if is_of_credentials(&error) {
                Failure::Credentials(chain(&error))
            } else {
                Failure::Connection(chain(&error))
            }
        })?;
        let code = response.status().as_u16();
        if response.status().is_success() {
            return Ok(response);
        }
        let retry_after = retry_after(response.headers());
        let body = read(response.into_body()).await.unwrap_or_default();
        Err(Failure::of(code, &body, retry_after))
    }
}

pub(crate) fn malformed_key(key: &str) -> Failure {
    Failure::Malformed(format!("the key `{key}` of `binaryData` is not base64"))
}

fn request(uri: &str, accept: &'static str) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    // A path of valid names is a valid URI.
    *request.uri_mut() = uri.parse().unwrap_or_default();
    let accept = http::HeaderValue::from_static(accept);
    request.headers_mut().insert(ACCEPT, accept);
    request
}

async fn read(body: Body) -> Result<Vec<u8>, Failure> {
    let body = Limited::new(body, MAX_RESPONSE).collect().await;
    let body = body.map_err(|error| Failure::Connection(chain(&*error)))?;
    Ok(body.to_bytes().to_vec())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::{List, Metadata};

    #[test]
    fn answer_that_is_no_list_does_not_say_that_there_is_no_object() {
        let list = |text: &str| serde_json::from_str::<List<Metadata>>(text);
        let with_items = r#"{"metadata": {"resourceVersion": "7"}, "items": [{"metadata": {}}]}"#;
        let items = list(with_items).unwrap().items;
        assert_eq!(items.map(|items| items.len()), Some(1));
        assert!(list(r#"{"items": []}"#).is_ok() && list(r#"{"items": null}"#).is_ok());
        // A gateway may answer 200 in the place of an API server.
        for text in ["{}", r#"{"status": "ok"}"#, r#"{"kind": "Status"}"#] {
            let error = list(text).err().unwrap().to_string();
            assert!(error.contains("missing field `items`"), "{error}");
        }
    }
}
