#include "collectors/scrape_target.h"

#include <algorithm>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "rules/percent_encode.h"

namespace revisitd::collectors {
namespace {

// What may stand in a path as it is. All else is escaped, as Prometheus does: a path is a path, and
// parameters are `params`.
constexpr boost::urls::grammar::lut_chars kPathChars =
    boost::urls::unreserved_chars + boost::urls::grammar::lut_chars("$&+,/:;=@");

// FNV-1a over the text and a byte that cannot be part of it.
std::uint64_t add_to(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return (hash ^ 0xff) * 0x100000001b3ULL;
}

}  // namespace

const std::string& ScrapeTargetSpec::service() const {
  static const std::string none;
  const auto found = labels.find("service");
  return found != labels.end() ? found->second : none;
}

std::string ScrapeTargetSpec::url() const {
  const std::string& path = metrics_path.empty() ? job->metrics_path : metrics_path;
  const std::string& way = scheme.empty() ? job->scheme : scheme;
  std::string url;
  url.reserve(way.size() + address.size() + path.size() + 4);
  url.append(way).append("://").append(address);
  if (!path.starts_with('/')) url += '/';
  url += rules::percent_encode(path, kPathChars);
  char separator = '?';
  for (const auto& [name, value] : job->params) {
    url += separator + rules::percent_encode(name) + '=' + rules::percent_encode(value);
    separator = '&';
  }
  return url;
}

Duration ScrapeTargetSpec::scrape_interval() const {
  return interval > Duration::zero() ? interval : job->scrape_interval;
}

Duration ScrapeTargetSpec::scrape_timeout() const {
  return std::min(timeout > Duration::zero() ? timeout : job->scrape_timeout, scrape_interval());
}

std::uint64_t ScrapeTargetSpec::identity() const {
  std::uint64_t hash = add_to(add_to(0xcbf29ce484222325ULL, job->job_name), url());
  for (const auto& [name, value] : labels) hash = add_to(add_to(hash, name), value);
  return hash;
}

}  // namespace revisitd::collectors
