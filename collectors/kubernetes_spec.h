#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collectors/http_client.h"
#include "collectors/request_credentials.h"

namespace revisitd::collectors {

// Which objects of a cluster are targets.
enum class KubernetesRole { pod, node, service, endpointslice };

// How the API server narrows a list down, in its own words.
struct KubernetesSelector {
  std::string label, field;

  friend bool operator==(const KubernetesSelector&, const KubernetesSelector&) = default;
};

struct KubernetesSpec {
  KubernetesRole role = KubernetesRole::pod;
  std::string api_server;               // without a slash at its end
  std::vector<std::string> namespaces;  // none = all
  KubernetesSelector selector;          // of the role's own objects
  HeaderList headers;
  Credentials credentials;  // asked for each request, so that a rotated token counts
  std::shared_ptr<const TlsOptions> tls;
  std::shared_ptr<const ProxyOptions> proxy;
};

}  // namespace revisitd::collectors
