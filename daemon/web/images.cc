#include "daemon/web/badge.h"
#include "daemon/web/fleet.h"
#include "daemon/web/pages.h"
#include "daemon/web/request_values.h"
#include "daemon/web/signal_plot.h"
#include "daemon/web/style.h"

namespace revisitd::daemon::web {
namespace {

HttpResponse svg_response(const Html& svg, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.content_type = "image/svg+xml";
  response.body = svg.str();
  // Nothing but its own style; short enough that an embedded image follows the verdict.
  response.headers = {{"Cache-Control", "public, max-age=60"},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}};
  return response;
}

struct BadgeWords {
  std::string word;
  const char* kind;
};

BadgeWords words_of(const rules::DecisionState& state) {
  const std::string& language = state.decision->language;
  if (state.revisit)
    return {language + ", revisit " + std::string(revisit_state_name(state.revisit->state)), "bad"};
  switch (worst_verdict(state)) {
    case rules::Verdict::clear:
      return {language + " stands", "good"};
    case rules::Verdict::tripped:
      return {language + ", tripped", "bad"};
    case rules::Verdict::unproven:
      return {language + ", unproven", "quiet"};
    case rules::Verdict::blind:
      return {language + ", blind", "warn"};
  }
  return {language, "quiet"};
}

}  // namespace

HttpResponse style_sheet(const Call& call) {
  HttpResponse response;
  response.content_type = "text/css; charset=utf-8";
  response.headers = {{"ETag", std::string(stylesheet_tag())},
                      {"Cache-Control", "public, max-age=86400, must-revalidate"}};
  if (call.request.header("if-none-match").find(stylesheet_tag()) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  response.body = stylesheet();
  return response;
}

boost::asio::awaitable<HttpResponse> plot_image(const Call& call) {
  const auto range = span_parameter(call.request, "range");
  if (!range) co_return svg_response(draw_badge("range", "expected 7d, 24h, …", "bad"), 400);
  auto plot = co_await signal_plot(call.app, call.arguments[0], call.arguments[1], *range);
  if (!plot) co_return svg_response(draw_badge(call.arguments[0], "no such signal", "quiet"), 404);
  plot->title = call.arguments[0] + " " + plot->title;
  plot->standalone = true;
  co_return svg_response(draw_plot(*plot));
}

HttpResponse badge_image(const Call& call) {
  const rules::DecisionState* state = find_decision(call.app.engine(), call.arguments[0]);
  if (state == nullptr)
    return svg_response(draw_badge(call.arguments[0], "no decision", "quiet"), 404);
  const BadgeWords words = words_of(*state);
  return svg_response(draw_badge(state->decision->service, words.word, words.kind));
}

}  // namespace revisitd::daemon::web
