#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/web/html.h"
#include "daemon/web/router.h"
#include "rules/revisit.h"
#include "rules/verdict.h"

// The frame that every page has, and the small pieces that several pages share.
namespace revisitd::daemon::web {

struct Page {
  std::string title;  // of the window; the service's or the list's name
  std::string
      section;  // which entry of the menu it belongs to: "decisions", "revisits", …; "" for none
  Html body;    // what stands in <main>
};

HttpResponse page_response(const Call& call, const Page& page, int status = 200);
// A page that says what went wrong, in the frame of the others.
HttpResponse error_page(const Call& call, int status, std::string_view message);

// A word with a shape of its own before it: never told by colour alone.
Html verdict_chip(rules::Verdict verdict);
Html revisit_chip(rules::RevisitState state);
// `kind` is one of good, warn, bad, quiet.
Html word_chip(std::string_view kind, std::string_view word);

// "3d ago" or "in 12d" with the exact time behind it; "never" when there is none.
Html relative_time(const std::optional<TimePoint>& time, TimePoint now);
// "12d", "3h", "5m", "20s": one unit, rounded down.
std::string rough_duration(Duration duration);

// How much of the covered window is in breach, with marks where it clears and trips. `share` may be
// missing.
Html share_bar(const std::optional<Share>& share, Share clear, Share trip);

// A <select> of a form; its first option, `none`, chooses nothing. Nothing is chosen, too, when
// `chosen` is not among the options.
Html select_field(std::string_view name, std::string_view label,
                  const std::vector<std::string>& options, std::string_view chosen,
                  std::string_view none = "all");

// Links that set one parameter of `page`, "all" first; the chosen one ("" for all) is marked.
Html choice_menu(const Address& page, const std::string& parameter,
                 std::initializer_list<std::string_view> choices, std::string_view chosen);

// "131ms", or "131ms (100ms to 250ms)" for the interval of a bucket.
std::string value_text(const rules::SlotValue& value, Unit unit);

}  // namespace revisitd::daemon::web
