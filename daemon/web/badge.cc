#include "daemon/web/badge.h"

namespace revisitd::daemon::web {
namespace {

constexpr double kCharacter = 6.6;  // pixels of one at 11 pixels' size
constexpr std::size_t kLongest = 40;

const char* colour(std::string_view kind) {
  if (kind == "good") return "#1a7f4b";
  if (kind == "warn") return "#9a5b00";
  if (kind == "bad") return "#b42318";
  return "#5b6474";
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

double width_of(std::string_view text) {
  return 12 + kCharacter * static_cast<double>(characters(text));
}

}  // namespace

Html draw_badge(std::string_view left, std::string_view right, std::string_view kind) {
  const std::string_view name = left.substr(0, kLongest);
  const double left_width = width_of(name), width = left_width + width_of(right);
  Html svg;
  svg.put(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="20" role="img" aria-label="{}: {}"><title>{}: {}</title>)",
      width, name, right, name, right);
  svg.put(
      R"(<rect width="{}" height="20" rx="4" fill="{}"/><path d="M4 0H{}V20H4A4 4 0 0 1 0 16V4A4 4 0 0 1 4 0Z" fill="#2b3342"/>)",
      width, colour(kind), left_width);
  svg.put(
      R"(<g fill="#fff" text-anchor="middle" font-family="system-ui,Verdana,sans-serif" font-size="11"><text x="{}" y="14">{}</text><text x="{}" y="14">{}</text></g></svg>)",
      left_width / 2, name, left_width + (width - left_width) / 2, right);
  return svg;
}

}  // namespace revisitd::daemon::web
