#pragma once

#include <memory>

#include "daemon/http_server.h"

namespace boost::asio::ssl {
class context;
}

namespace revisitd::daemon {

// The server's TLS context from the options' files; null when they name none. The error names the
// file and why.
Result<std::shared_ptr<boost::asio::ssl::context>> make_server_tls(
    const HttpServerOptions& options);

}  // namespace revisitd::daemon
