#include "daemon/notify/links.h"

#include "rules/percent_encode.h"

namespace revisitd::daemon::notify {

Links links_for(const LinkOptions& options, std::string_view service, std::string_view record) {
  if (options.external_url.empty()) return {};
  const std::string name = rules::percent_encode(service);
  Links links;
  links.page = options.external_url + "/service/" + name;
  links.draft = links.page + "/draft";
  links.record =
      options.record_url.empty() || record.empty()
          ? links.page + "#record"
          : options.record_url + rules::percent_encode(record, boost::urls::unreserved_chars + '/');
  return links;
}

std::string home_link(const LinkOptions& options) {
  return options.external_url.empty() ? std::string() : options.external_url + "/";
}

std::string deliveries_link(const LinkOptions& options) {
  return options.external_url.empty() ? std::string() : options.external_url + "/deliveries";
}

}  // namespace revisitd::daemon::notify
