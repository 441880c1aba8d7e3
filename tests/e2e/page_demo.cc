#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdlib>
#include <iostream>

#include "daemon/http_server.h"
#include "daemon/web/handler.h"
#include "tests/unit/daemon/web/sample_fleet.h"

// Serves the pages of the sample fleet until it is told to stop, for looking at them in a browser:
// page_demo [ADDRESS [CLEAR_SERVICES]]
int main(int argc, char** argv) {
  using namespace revisitd::daemon;
  const auto app = web::sample_fleet(argc > 2 ? std::atoi(argv[2]) : 8);
  boost::asio::io_context io;
  HttpServerOptions options;
  options.listen_address = argc > 1 ? argv[1] : "127.0.0.1:0";
  const auto server = make_http_server(io.get_executor(), options, web::make_web_handler(*app));
  if (const auto started = server->start(); !started) {
    std::cerr << started.error().message << '\n';
    return 1;
  }
  std::cout << "http://" << server->address() << "/" << std::endl;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) {
    boost::asio::co_spawn(io, server->stop(std::chrono::seconds(1)), boost::asio::detached);
  });
  io.run();
}
