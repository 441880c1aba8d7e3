#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "collectors/http_client.h"
#include "rules/result.h"

namespace revisitd::collectors {

struct TlsContext;  // complete in collectors/tls_context.h

// Client TLS contexts, made at the first https target that needs one and kept. A context is made
// anew when one of its files has changed on disk, so rotated certificates are used from the next
// connection on.
class TlsContexts {
 public:
  TlsContexts();
  ~TlsContexts();

  // Null options mean: verify against the system's authorities. The error names the file that could
  // not be used.
  Result<std::shared_ptr<TlsContext>> get(const TlsOptions* options);

 private:
  std::map<std::string, std::shared_ptr<TlsContext>> contexts_;
  std::uint64_t made_ = 0;
};

}  // namespace revisitd::collectors
