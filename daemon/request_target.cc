#include "daemon/request_target.h"

#include <algorithm>

#include "collectors/http_head.h"
#include "rules/yaml.h"

namespace revisitd::daemon {
namespace {

constexpr std::size_t kMaxParameters = 128;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_clean_path(std::string_view text) {
  return collectors::is_field_value(text) && !rules::unclean(text);
}

// Resolves "." and ".." segments; nothing when ".." would climb above the root.
std::optional<std::string> normalised(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_in_directory = false;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    begin = end + 1;
    ends_in_directory = segment == "." || segment == "..";
    if (segment == "..") {
      if (kept.empty()) return std::nullopt;
      kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (out.empty() || ends_in_directory) out += '/';
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    if (out.size() == kMaxParameters) return std::nullopt;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(equals < pair.size() ? pair.substr(equals + 1) : "", true);
    if (!name || !value || rules::unclean(*name) || rules::unclean(*value)) return std::nullopt;
    out.emplace_back(*std::move(name), *std::move(value));
  }
  return out;
}

// Cuts "http://authority" off the front of an absolute target and returns the authority.
std::string take_authority(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!collectors::same_name(target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    target = rest.substr(end);
    return std::string(rest.substr(0, end));
  }
  return {};
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && form) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::optional<RequestTarget> parse_request_target(std::string_view target) {
  RequestTarget out;
  if (target == "*") {
    out.path = "*";
    return out;
  }
  if (!target.starts_with('/')) {
    out.authority = take_authority(target);
    if (out.authority.empty()) return std::nullopt;
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  auto path = percent_decode(target.substr(0, mark), false);
  if (!path || !is_clean_path(*path)) return std::nullopt;
  if (path->empty()) *path = "/";
  auto clean = normalised(*path);
  auto query = parse_query(mark < target.size() ? target.substr(mark + 1) : "");
  if (!clean || !query) return std::nullopt;
  out.path = *std::move(clean);
  out.query = *std::move(query);
  return out;
}

}  // namespace revisitd::daemon
