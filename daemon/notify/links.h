#pragma once

#include <string>
#include <string_view>

// Where a reader of a message goes on. The paths of the status page and of the API stand here once.
namespace revisitd::daemon::notify {

struct LinkOptions {
  std::string external_url;  // --web.external-url without trailing slash; "" = no links
  std::string
      record_url;  // where records can be read, their path is appended; "" = the page's own section
};

struct Links {
  std::string page;  // of the service
  std::string record;
  std::string draft;  // page with the draft of the new decision
};

// All parts are percent-encoded; every link is "" when there is no external URL.
Links links_for(const LinkOptions& options, std::string_view service, std::string_view record);
// The status page of everything, "" when there is no external URL.
std::string home_link(const LinkOptions& options);
// Its page of deliveries, "" likewise.
std::string deliveries_link(const LinkOptions& options);

}  // namespace revisitd::daemon::notify
