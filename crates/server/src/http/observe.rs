//! What is told of every request: one log line with a request id, and the metrics.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use actix_web::{
    Error, HttpMessage as _, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use tracing::Instrument as _;

use crate::app::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Labels of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    site: &'static str,
    method: &'static str,
    route: String,
    status: u16,
}

/// Labels of a timing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    site: &'static str,
    route: String,
}

/// Everything `/metrics` shows.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    statements: Gauge,
    next_id: AtomicU64,
    process: String,
}

impl Metrics {
    /// Returns fresh metrics; `process` starts every request id of this process.
    pub fn new(process: String) -> Self {
        let mut registry = Registry::with_prefix("exedra");
        let requests = Family::<Labels, Counter>::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let seconds = Family::<RouteLabels, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.000_1, 4.0, 8))
        });
        registry.register("http_request_duration_seconds", "Time to answer", seconds.clone());
        let statements = Gauge::default();
        registry.register("sql_statements", "SQL statements executed since start", statements.clone());
        Metrics { registry, requests, seconds, statements, next_id: AtomicU64::new(0), process }
    }

    fn request_id(&self) -> String {
        format!("{}-{:x}", self.process, self.next_id.fetch_add(1, Ordering::Relaxed))
    }
}

/// Gives the request an id (the caller's, if it is a sane one), counts it, times it and logs it.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else { return next.call(request).await };
    let start = Instant::now();
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|v| v.to_str().ok())
        .filter(|v| (1..=100).contains(&v.len()) && v.bytes().all(|b| b.is_ascii_graphic()))
        .map_or_else(|| app.shared.metrics.request_id(), str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = method_label(request.method());
    let span = tracing::info_span!("request", request_id = %id);
    let mut response = next.call(request).instrument(span.clone()).await?;

    let site = app.site_name();
    let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    let status = response.status().as_u16();
    let took = start.elapsed();
    let metrics = &app.shared.metrics;
    metrics.seconds.get_or_create(&RouteLabels { site, route: route.clone() }).observe(took.as_secs_f64());
    span.in_scope(|| {
        tracing::info!(
            http.method = %method,
            http.route = %route,
            http.status = status,
            site,
            duration_ms = took.as_secs_f64() * 1000.0,
            "request answered"
        );
    });
    metrics.requests.get_or_create(&Labels { site, method, route, status }).inc();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(response)
}

/// Returns a method's name. Callers may make methods up, and every label is kept for ever.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The id of a request.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Prometheus text.
pub async fn metrics(app: Data<App>) -> HttpResponse {
    let metrics = &app.shared.metrics;
    metrics.statements.set(i64::try_from(app.shared.database.statement_count()).unwrap_or(i64::MAX));
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
