#pragma once

#include "daemon/web/envelope.h"
#include "daemon/web/router.h"

// The API under /api/v1/, one function per route. Lists answer with an array under `data`; keys are
// those of the native webhook. Times are RFC 3339, except in `signals`, which follows Prometheus'
// matrices.
namespace revisitd::daemon::web {

boost::asio::awaitable<HttpResponse> api_status(const Call& call);
HttpResponse api_config(const Call& call);
HttpResponse api_flags(const Call& call);
HttpResponse api_build(const Call& call);
HttpResponse api_runtime(const Call& call);

// Copies the database of the running daemon.
boost::asio::awaitable<HttpResponse> api_backup(const Call& call);

HttpResponse api_decisions(const Call& call);
// With `hygiene`, what is wrong with the record, `hygiene_reach`, how much of the past that says
// something of, and `hygiene_past`, how much of it servers are still to be asked for
// (daemon/web/hygiene_service.h).
boost::asio::awaitable<HttpResponse> api_decision(const Call& call);
// One explanation a trigger (rules/explain_json.h); `trigger` asks for one only.
boost::asio::awaitable<HttpResponse> api_explain(const Call& call);

// The decision rerun on today's inputs (rules/assessment_json.h).
HttpResponse api_assessment(const Call& call);
// {"service","file","language","markdown"}; the Markdown alone with format=markdown or an Accept of
// text/markdown.
HttpResponse api_draft(const Call& call);
// The assessment of a service that does not exist yet, with precedents (daemon/web/advice.h).
boost::asio::awaitable<HttpResponse> api_advise(const Call& call);
// What the fleet and each team run, and where decisions contradict each other.
HttpResponse api_teams(const Call& call);

// Values stand at the start of their slot, slots without one are left out; `bounds` has the bucket
// interval of the values that are not exact.
boost::asio::awaitable<HttpResponse> api_signal(const Call& call);

boost::asio::awaitable<HttpResponse> api_revisits(const Call& call);
boost::asio::awaitable<HttpResponse> api_revisit(const Call& call);
boost::asio::awaitable<HttpResponse> api_acknowledge(const Call& call);
boost::asio::awaitable<HttpResponse> api_snooze(const Call& call);
boost::asio::awaitable<HttpResponse> api_conclude(const Call& call);

boost::asio::awaitable<HttpResponse> api_trail(const Call& call);
HttpResponse api_roster(const Call& call);
HttpResponse api_targets(const Call& call);
HttpResponse api_records(const Call& call);
boost::asio::awaitable<HttpResponse> api_deliveries(const Call& call);
HttpResponse api_confirm_roster(const Call& call);
boost::asio::awaitable<HttpResponse> api_requeue(const Call& call);

// As Prometheus answers them: one group per service, one alerting rule per trigger.
HttpResponse api_rules(const Call& call);
HttpResponse api_alerts(const Call& call);

}  // namespace revisitd::daemon::web
