#pragma once

#include "daemon/web/page.h"

// The pages, one function per route. Each is complete without scripts and loads nothing but the
// style sheet.
namespace revisitd::daemon::web {

boost::asio::awaitable<HttpResponse> decisions_page(const Call& call);
boost::asio::awaitable<HttpResponse> service_page(const Call& call);
HttpResponse draft_page(const Call& call);
// A form that asks about a service that does not exist yet, and the answer (daemon/web/advice.h).
boost::asio::awaitable<HttpResponse> advise_page(const Call& call);
HttpResponse teams_page(const Call& call);
boost::asio::awaitable<HttpResponse> revisits_page(const Call& call);
boost::asio::awaitable<HttpResponse> revisit_page(const Call& call);
boost::asio::awaitable<HttpResponse> trail_page(const Call& call);
boost::asio::awaitable<HttpResponse> deliveries_page(const Call& call);
HttpResponse targets_page(const Call& call);
HttpResponse roster_page(const Call& call);
HttpResponse records_page(const Call& call);

HttpResponse style_sheet(const Call& call);
// Drawings for other places: ?range=7d.
boost::asio::awaitable<HttpResponse> plot_image(const Call& call);
HttpResponse badge_image(const Call& call);

}  // namespace revisitd::daemon::web
