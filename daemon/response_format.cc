#include "daemon/response_format.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "collectors/http_head.h"
#include "daemon/gzip_encode.h"

namespace revisitd::daemon {
namespace {

using collectors::HeadWriter;
using collectors::same_name;

constexpr std::size_t kGzipFrom = 1024;

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSecurityFields = {{
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action "
     "'self'; "
     "frame-ancestors 'none'; base-uri 'none'"},
    {"X-Frame-Options", "deny"},
    {"Referrer-Policy", "no-referrer"},
}};

constexpr std::array<std::string_view, 7> kOwnFields = {
    "content-length", "transfer-encoding", "connection", "date",
    "content-type",   "keep-alive",        "upgrade"};

struct StatusPhrase {
  int status;
  std::string_view phrase;
};
constexpr std::array<StatusPhrase, 34> kPhrases = {{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

std::string_view phrase_of(int status) {
  const auto found = std::ranges::find(kPhrases, status, &StatusPhrase::status);
  return found == kPhrases.end() ? std::string_view("Status") : found->phrase;
}

bool names(const HttpResponse& response, std::string_view name) {
  return std::ranges::any_of(response.headers,
                             [name](const auto& field) { return same_name(field.first, name); });
}

bool is_text(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type.starts_with("application/json") ||
         content_type.starts_with("application/openmetrics-text") ||
         content_type.starts_with("application/yaml") || content_type.starts_with("image/svg+xml");
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "q=0", "q=0.0" and so on: explicitly not wanted.
bool refused_by_weight(std::string_view parameters) {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  return parameters.substr(at + 2).find_first_of("123456789") == std::string_view::npos;
}

bool add_given(HeadWriter& head, const HttpResponse& response) {
  return std::ranges::all_of(response.headers, [&head](const auto& field) {
    const bool own = std::ranges::any_of(
        kOwnFields, [&](std::string_view name) { return same_name(name, field.first); });
    return !own && head.add(field.first, field.second);
  });
}

void compress(HttpResponse& response, bool wanted) {
  const bool worth = response.body.size() > kGzipFrom && is_text(response.content_type) &&
                     !names(response, "content-encoding");
  if (!worth) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!wanted) return;
  response.body = gzip_encode(response.body);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace

std::optional<Reply> format_reply(HttpResponse response, const ReplyOptions& options) {
  const bool bodiless = response.status == 204 || response.status == 304;
  compress(response, options.accepts_gzip);

  std::string start = "HTTP/1.1 " + std::to_string(response.status) + " ";
  HeadWriter head(start.append(phrase_of(response.status)));
  bool well = options.date.empty() || head.add("Date", options.date);
  if (!bodiless) {
    well = head.add("Content-Type", response.content_type) && well;
    well = head.add("Content-Length", std::to_string(response.body.size())) && well;
  }
  if (!options.keep_alive) {
    well = head.add("Connection", "close") && well;
  } else if (options.http10) {
    well = head.add("Connection", "keep-alive") && well;
  }
  for (const auto& [name, value] : kSecurityFields) {
    if (!names(response, name)) well = head.add(name, value) && well;
  }
  if (response.status < 200 || response.status > 599 || !add_given(head, response) || !well)
    return std::nullopt;
  if (bodiless || options.head_only) response.body.clear();
  return Reply{head.finish(), std::move(response.body)};
}

HttpResponse plain_response(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.body.append(text).append("\n");
  return response;
}

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const std::string_view item = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(item.size() + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    if (same_name(trimmed(item.substr(0, semicolon)), "gzip"))
      return !refused_by_weight(item.substr(semicolon));
  }
  return false;
}

std::string format_http_date(TimePoint time) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - days));
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[std::chrono::weekday(days).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return out.data();
}

}  // namespace revisitd::daemon
