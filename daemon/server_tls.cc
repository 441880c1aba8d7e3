#include "daemon/server_tls.h"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>

namespace revisitd::daemon {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Status use_files(ssl::context& context, const HttpServerOptions& options) {
  error_code error;
  context.use_certificate_chain_file(options.tls_cert_file, error);
  if (error) return Error{"cert_file " + options.tls_cert_file + ": " + error.message()};
  context.use_private_key_file(options.tls_key_file, ssl::context::pem, error);
  if (error) return Error{"key_file " + options.tls_key_file + ": " + error.message()};
  if (options.tls_client_ca_file.empty()) return Ok{};
  context.load_verify_file(options.tls_client_ca_file, error);
  if (error) return Error{"client_ca_file " + options.tls_client_ca_file + ": " + error.message()};
  SSL_CTX_set_client_CA_list(context.native_handle(),
                             SSL_load_client_CA_file(options.tls_client_ca_file.c_str()));
  return Ok{};
}

// Kinds that only look at the certificate accept any chain; what was found stays readable on the
// connection.
int accept_any(int, X509_STORE_CTX*) { return 1; }

void ask_clients(SSL_CTX* context, ClientAuth wanted) {
  switch (wanted) {
    case ClientAuth::none:
      return SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    case ClientAuth::request:
      return SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_any);
    case ClientAuth::require_any:
      return SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                                accept_any);
    case ClientAuth::verify_if_given:
      return SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    case ClientAuth::require_and_verify:
      return SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                                nullptr);
  }
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_server_tls(const HttpServerOptions& options) {
  if (options.tls_cert_file.empty() && options.tls_key_file.empty())
    return std::shared_ptr<ssl::context>();
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, options.tls_only_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  // No resumption: every connection proves itself anew.
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(native, 0);
  if (auto used = use_files(*context, options); !used) return used.error();
  ask_clients(native, options.tls_client_auth);
  return context;
}

}  // namespace revisitd::daemon
