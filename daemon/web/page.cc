#include "daemon/web/page.h"

#include <algorithm>
#include <array>

#include "daemon/web/style.h"

namespace revisitd::daemon::web {
namespace {

constexpr std::array kMenu = {"decisions", "revisits",   "advise", "teams",  "trail",
                              "targets",   "deliveries", "roster", "records"};

std::string capitalised(std::string_view word) {
  std::string text(word);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

Html menu(const Call& call, std::string_view current) {
  Html items;
  for (const std::string_view entry : kMenu) {
    const Address address = entry == "decisions" ? call.links.to({}) : call.links.to({entry});
    if (entry == current) {
      items.put(R"(<li><a href="{}" aria-current="page">{}</a></li>)", address, capitalised(entry));
    } else {
      items.put(R"(<li><a href="{}">{}</a></li>)", address, capitalised(entry));
    }
  }
  return items;
}

Html footer(const Call& call) {
  const TimePoint now = call.app.now();
  Html html;
  html.put(R"(<footer><span>revisitd {}</span><span>up {}</span><span>{} UTC</span>)",
           call.app.build().version, rough_duration(now - call.app.runtime().started),
           format_time(now).substr(0, 19).replace(10, 1, " "));
  html.put(R"(<span><a href="{}">metrics</a> <a href="{}">status as JSON</a></span></footer>)",
           call.links.to({"metrics"}), call.links.to({"api", "v1", "status"}));
  return html;
}

double percent(Share share) { return 100 * to_double(share); }

}  // namespace

HttpResponse page_response(const Call& call, const Page& page, int status) {
  Html head;
  head.put(
      R"(<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>)");
  head.put(R"(<meta name="color-scheme" content="light dark"/><title>{} · revisitd</title>)",
           page.title);
  head.put(R"(<link rel="stylesheet" href="{}"/>)",
           call.links.to({"style.css"}).with({{"v", std::string(stylesheet_tag())}}));
  Html body;
  body.put(R"(<a class="skip" href="{}">Skip to content</a>)", Address::fragment("content"));
  body.put(
      R"(<header><a class="brand" href="{}"><svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 12a8 8 0 1 1 3 6.2"/><path d="M3.2 20.5 6.6 18 9 21.4"/><path d="M8.5 12.4l2.4 2.4 4.8-5.2"/></svg>revisitd</a>)",
      call.links.to({}));
  body.put(R"(<nav aria-label="Main"><ul>{}</ul></nav></header><main id="content">{}</main>{})",
           menu(call, page.section), page.body, footer(call));
  Html document;
  document.put("<!DOCTYPE html>\n<html lang=\"en\"><head>{}</head><body>{}</body></html>\n", head,
               body);

  HttpResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = document.str();
  response.headers = {{"Cache-Control", "no-store"},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                       "frame-ancestors 'none'; base-uri 'none'"}};
  return response;
}

HttpResponse error_page(const Call& call, int status, std::string_view message) {
  Page page;
  page.title = std::to_string(status);
  page.body.put(R"(<h1>{}</h1><p class="lead">{}</p><p><a href="{}">All decisions</a></p>)",
                status == 404 ? "Not found" : "That did not work", message, call.links.to({}));
  return page_response(call, page, status);
}

Html word_chip(std::string_view kind, std::string_view word) {
  Html html;
  html.put(R"(<span class="chip {}">{}</span>)", kind, word);
  return html;
}

Html verdict_chip(rules::Verdict verdict) {
  return word_chip(verdict_name(verdict), verdict_name(verdict));
}

Html revisit_chip(rules::RevisitState state) {
  return word_chip(revisit_state_name(state), revisit_state_name(state));
}

std::string rough_duration(Duration duration) {
  struct Step {
    std::int64_t millis;
    char unit;
  };
  for (const Step& step : {Step{86'400'000, 'd'}, Step{3'600'000, 'h'}, Step{60'000, 'm'}}) {
    if (duration.count() >= step.millis)
      return std::to_string(duration.count() / step.millis) + step.unit;
  }
  return std::to_string(std::max<std::int64_t>(0, duration.count() / 1000)) + "s";
}

Html relative_time(const std::optional<TimePoint>& time, TimePoint now) {
  Html html;
  if (!time) {
    html.put(R"(<span class="none">never</span>)");
    return html;
  }
  const std::string exact = format_time(*time);
  const std::string rough =
      *time > now ? "in " + rough_duration(*time - now) : rough_duration(now - *time) + " ago";
  html.put(R"(<time datetime="{}" title="{}">{}</time>)", exact, exact, rough);
  return html;
}

Html share_bar(const std::optional<Share>& share, Share clear, Share trip) {
  Html html;
  html.put(
      R"(<svg class="share" viewBox="0 0 100.6 10" preserveAspectRatio="none" aria-hidden="true">)"
      R"(<rect class="track" width="100.6" height="10"/>)");
  if (share) {
    html.put(R"(<rect class="{}" width="{}" height="10"/>)",
             less(*share, trip) ? "fill" : "fill over", percent(*share));
  }
  html.put(R"(<path class="clear-mark" d="M{} 0v10"/><path class="trip-mark" d="M{} 0v10"/></svg>)",
           percent(clear), percent(trip));
  return html;
}

Html select_field(std::string_view name, std::string_view label,
                  const std::vector<std::string>& options, std::string_view chosen,
                  std::string_view none) {
  Html choices;
  choices.put(R"(<option value="">{}</option>)", none);
  for (const std::string& option : options) {
    if (option == chosen) {
      choices.put(R"(<option value="{}" selected="selected">{}</option>)", option, option);
    } else {
      choices.put(R"(<option value="{}">{}</option>)", option, option);
    }
  }
  Html html;
  html.put(R"(<label><span>{}</span><select name="{}">{}</select></label>)", label, name, choices);
  return html;
}

Html choice_menu(const Address& page, const std::string& parameter,
                 std::initializer_list<std::string_view> choices, std::string_view chosen) {
  Html items;
  const auto add = [&](std::string_view choice) {
    const Address address = page.with({{parameter, std::string(choice)}});
    const std::string_view word = choice.empty() ? "all" : choice;
    if (choice == chosen) {
      items.put(R"(<li><a href="{}" aria-current="true">{}</a></li>)", address, word);
    } else {
      items.put(R"(<li><a href="{}">{}</a></li>)", address, word);
    }
  };
  add("");
  for (const std::string_view choice : choices) add(choice);
  Html html;
  html.put(R"(<ul class="ranges" aria-label="{}">{}</ul>)", capitalised(parameter), items);
  return html;
}

std::string value_text(const rules::SlotValue& value, Unit unit) {
  const std::string text = format_quantity(value.value, unit);
  if (value.is_exact()) return text;
  return text + " (" + format_quantity(value.low, unit) + " to " +
         format_quantity(value.high, unit) + ")";
}

}  // namespace revisitd::daemon::web
