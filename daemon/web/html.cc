#include "daemon/web/html.h"

#include <charconv>
#include <cmath>
#include <stdexcept>

#include "rules/diagnostic.h"

namespace revisitd::daemon::web {

void html_detail::refuse(const char* why) { throw std::logic_error(why); }

void append_escaped(std::string& out, std::string_view text) {
  const std::string clean = printable(text);
  for (const char c : clean) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

void Html::append(double value) {
  if (!std::isfinite(value)) value = 0;
  const double rounded = std::round(value * 100) / 100;
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, rounded == 0 ? 0.0 : rounded).ptr;
  text_.append(buffer, end);
}

Html lines(std::string_view text) {
  Html html;
  for (bool first = true; first || !text.empty(); first = false) {
    if (!first) html.put("\n");
    const std::size_t end = text.find('\n');
    html.text(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return html;
}

}  // namespace revisitd::daemon::web
