//! The flags as one request gets them: as a page or as JSON, with links for its path.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use dflag::SourceStatus;
use tokio::task::spawn_blocking;

use crate::config_map::{self, ConfigMapName};
use crate::json::{Flag, FlagList, HistoryList, ProgramInfo, sources_json};
use crate::last_list::{ListKey, SentList};
use crate::page::{self, HistoryPage, Overview, PageData, RejectedForm};
use crate::rejections::rejections;
use crate::request::{BasePath, Edits, Format, Selection};
use crate::response::{self, EntityTag, Rejection};
use crate::security::{EditAccess, ReadAccess};
use crate::state::EndpointState;

pub(crate) struct View {
    pub(crate) state: Arc<EndpointState>,
    pub(crate) base: BasePath,
    pub(crate) format: Format,
    uri: Uri,
    /// Whether the request reads, and does not edit.
    is_read: bool,
    access: EditAccess,
    pub(crate) readable: ReadAccess,
}

impl View {
    /// Runs `respond`. If that asks the program what the caller may read, it does on a thread that may block.
    pub(crate) async fn respond(
        self,
        respond: impl FnOnce(&Self) -> Response + Send + 'static,
    ) -> Response {
        if !self.readable.is_restricted() {
            return respond(&self);
        }
        let task = spawn_blocking(move || respond(&self));
        task.await
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }

    /// The selected flags, unless the client has them.
    pub(crate) fn list(&self, selection: &Selection, request: &HeaderMap) -> Response {
        let set = &*self.state.set;
        // Without an override that expires, the revision says enough, so that no flag need be described.
        let key = self.key(set.revision(), set.generation(), set.sources());
        if let Some(sent) = key.as_ref().and_then(|key| self.state.last_list.get(key)) {
            return if sent.tag.matches(request) {
                sent.tag.not_modified()
            } else {
                sent.response(request)
            };
        }
        if let Some(key) = key
            && self.state.steady_revision.load(Ordering::Relaxed) == key.revision
        {
            let tag = self.tag(&key);
            if tag.matches(request) {
                return tag.not_modified();
            }
        }
        let (list, overview) = self.flag_list(selection);
        let is_steady = overview.is_steady() && list.flags.iter().all(|flag| flag.expiry.is_none());
        let is_all = selection.names.is_empty() && list.flags.len() == overview.counts.all();
        if is_steady && is_all {
            self.state
                .steady_revision
                .store(list.revision, Ordering::Relaxed);
        }
        let key = self.key(list.revision, list.generation, list.sources.clone());
        let Some(key) = key.filter(|_| is_steady) else {
            return match self.format {
                Format::Json => response::json(StatusCode::OK, &list),
                Format::Page => self.page(StatusCode::OK, &list, &overview, selection, None),
            };
        };
        let tag = self.tag(&key);
        if tag.matches(request) {
            return tag.not_modified();
        }
        let body = match self.format {
            Format::Json => response::json_body(&list),
            Format::Page => response::html_body(self.html(&list, &overview, selection, None)),
        };
        let list = SentList::new(key, tag, body);
        let response = list.response(request);
        self.state.last_list.put(list);
        response
    }

    /// What decides the content of a list without an override that expires; `None` if the caller does, too.
    fn key(&self, revision: u64, generation: u64, sources: Vec<SourceStatus>) -> Option<ListKey> {
        (!self.readable.is_restricted()).then(|| ListKey {
            revision,
            generation,
            uri: self.uri.clone(),
            format: self.format,
            access: self.access,
            sources,
        })
    }

    fn tag(&self, key: &ListKey) -> EntityTag {
        let mut hasher = self.state.process.build_hasher();
        (key.revision, key.generation).hash(&mut hasher);
        (key.uri.path(), key.uri.query()).hash(&mut hasher);
        (key.format == Format::Page).hash(&mut hasher);
        let EditAccess {
            can_set,
            can_clear,
            needs_token,
        } = key.access;
        (can_set, can_clear, needs_token).hash(&mut hasher);
        sources_json(&key.sources).hash(&mut hasher);
        EntityTag::new(hasher.finish())
    }

    /// One flag.
    pub(crate) fn flag(&self, name: String) -> Response {
        let Some(flag) = self.state.set.flag(&name) else {
            return self.rejection(Rejection::unknown_flag(&name), None);
        };
        if let Err(denied) = self.readable.check(&flag.name) {
            return self.rejection(Rejection::forbidden(denied), None);
        }
        match self.format {
            Format::Json => {
                let set = &*self.state.set;
                let rejection = rejections(set, &set.sources()).remove(&flag.name);
                let flag = Flag {
                    rejection,
                    ..Flag::from(flag)
                };
                response::json(StatusCode::OK, &flag)
            }
            Format::Page => self.list(&Selection::flag(name), &HeaderMap::new()),
        }
    }

    /// The history, of which the caller gets the flags that it may read.
    pub(crate) fn history(&self) -> Response {
        let set = &*self.state.set;
        // Not before the entries: they may have a newer one meanwhile.
        let history = set.history();
        let revert_url = self.edit_url(self.access.can_set, "revert");
        let mut history = HistoryList::new(set.generation(), history, revert_url);
        if self.readable.is_restricted() {
            for entry in &mut history.entries {
                entry
                    .flags
                    .retain(|flag| self.readable.check(&flag.name).is_ok());
            }
        }
        match self.format {
            Format::Json => response::json(StatusCode::OK, &history),
            Format::Page => {
                let page = page::render_history(&HistoryPage {
                    title: self.title(),
                    program: &self.state.program,
                    history: &history,
                    base: &self.base.relative,
                    list: &self.base.list_from_child(),
                    access: self.access,
                });
                response::html(StatusCode::OK, page)
            }
        }
    }

    /// The flags as a ConfigMap.
    pub(crate) fn config_map(&self) -> Response {
        let mut listing = self.state.set.listing();
        let flags = &mut listing.flags;
        flags.retain(|flag| self.readable.check(&flag.name).is_ok());
        let name = ConfigMapName::of(self.state.config_map.as_ref(), &self.state.set.sources());
        let program = (self.title(), &self.state.program);
        let manifest = config_map::manifest(&listing, name.as_ref(), program);
        response::with_content_type(StatusCode::OK, "application/yaml", manifest)
    }

    /// A rejection. A page has all flags, with the values of the form that was rejected, unless the caller may read none.
    pub(crate) fn rejection(&self, rejection: Rejection, form: Option<&Edits>) -> Response {
        match self.format {
            _ if self.readable.is_nothing() => rejection.into_response(),
            Format::Json => rejection.into_response(),
            Format::Page => {
                let selection = Selection::default();
                let (list, overview) = self.flag_list(&selection);
                let is_missing = self.is_read && rejection.status == StatusCode::NOT_FOUND;
                let form = RejectedForm {
                    heading: match () {
                        () if is_missing => "There is no such flag",
                        () if self.is_read => "Not allowed",
                        () => "Rejected, nothing changed",
                    },
                    rejection: &rejection.body,
                    values: form
                        .map_or_else(Vec::new, |form| form.values_to_show(&*self.state.set)),
                    expiries: form
                        .map_or_else(Vec::new, |form| form.expiries_to_show(&*self.state.set)),
                    reasons: form
                        .map_or_else(Vec::new, |form| form.reasons_to_show(&*self.state.set)),
                };
                self.page(rejection.status, &list, &overview, &selection, Some(form))
            }
        }
    }

    fn flag_list(&self, selection: &Selection) -> (FlagList, Overview) {
        let set = &*self.state.set;
        let names: Vec<_> = selection.names.iter().map(String::as_str).collect();
        let mut listing = match self.format {
            // The page has the counts of all flags.
            Format::Json if !names.is_empty() => set.listing_of(&names),
            _ => set.listing(),
        };
        if self.readable.is_restricted() {
            let flags = &mut listing.flags;
            flags.retain(|flag| self.readable.check(&flag.name).is_ok());
        }
        let sources = set.sources();
        let mut rejections = rejections(set, &sources);
        let overview = match self.format {
            Format::Json => Overview::counting(&listing.flags),
            Format::Page => Overview::of(&listing.flags, &rejections),
        };
        let list = FlagList {
            checksum_static: listing.checksum_static.to_string(),
            checksum_dynamic: listing.checksum_dynamic.to_string(),
            set_url: self.edit_url(self.access.can_set, "set"),
            clear_url: self.edit_url(self.access.can_clear, "clear"),
            generation: listing.generation,
            revision: listing.revision,
            program: ProgramInfo::new(self.state.title.as_deref(), &self.state.program),
            flags: selection
                .filter(set, listing.flags)
                .map(|flag| Flag {
                    rejection: rejections.remove(&flag.name),
                    ..Flag::from(flag)
                })
                .collect(),
            restart_problems: listing
                .restart_problems
                .iter()
                .map(ToString::to_string)
                .collect(),
            sources,
        };
        (list, overview)
    }

    /// Where a form is sent; empty if nobody may.
    fn edit_url(&self, is_on: bool, route: &str) -> String {
        if is_on {
            format!("{}{route}", self.base.absolute)
        } else {
            String::new()
        }
    }

    fn title(&self) -> &str {
        self.state.title.as_deref().unwrap_or("flags")
    }

    fn page(
        &self,
        status: StatusCode,
        list: &FlagList,
        overview: &Overview,
        selection: &Selection,
        rejected_form: Option<RejectedForm<'_>>,
    ) -> Response {
        response::html(status, self.html(list, overview, selection, rejected_form))
    }

    fn html(
        &self,
        list: &FlagList,
        overview: &Overview,
        selection: &Selection,
        rejected_form: Option<RejectedForm<'_>>,
    ) -> String {
        let config_map = ConfigMapName::of(self.state.config_map.as_ref(), &list.sources);
        page::render(&PageData {
            title: self.title(),
            program: &self.state.program,
            list,
            overview,
            selection,
            base: &self.base.relative,
            access: self.access,
            config_map: config_map.as_ref(),
            rejected_form,
        })
    }
}

impl FromRequestParts<Arc<EndpointState>> for View {
    type Rejection = Rejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<EndpointState>,
    ) -> Result<Self, Rejection> {
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        let Ok(access) = EditAccess::from_request_parts(parts, state).await;
        Ok(Self {
            base: BasePath::new(&uri, &parts.uri),
            format: Format::new(uri.query().unwrap_or_default(), parts),
            access,
            is_read: parts.method != Method::POST,
            readable: if parts.method == Method::POST {
                // The caller of an edit is authenticated with it, perhaps by its form.
                ReadAccess::unknown_caller(state)
            } else {
                ReadAccess::from_request_parts(parts, state).await?
            },
            state: Arc::clone(state),
            uri,
        })
    }
}
