#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/unit/daemon/running_server.h"

namespace revisitd::testing {

// The outside world of a daemon as one server: gives the pages it was told to give, and keeps what
// is posted to it. Used from any thread.
class Peer {
 public:
  Peer();

  // What GET of the path answers from now on.
  void page(const std::string& path, const std::string& text,
            const std::string& type = "text/plain; version=0.0.4; charset=utf-8");
  // The same made anew for each request, on the server's thread.
  void page(const std::string& path,
            std::function<daemon::HttpResponse(const daemon::HttpRequest&)> made);
  void status(const std::string& path, int code);  // of GET and POST

  struct Post {
    std::string path;
    std::map<std::string, std::string> headers;  // lower-case names
    std::string body;
  };
  [[nodiscard]] std::vector<Post> posts(const std::string& path) const;
  [[nodiscard]] int gets(const std::string& path) const;

  [[nodiscard]] std::string address() const { return server_->address(); }  // host:port
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://" + address() + path;
  }

 private:
  daemon::HttpResponse answer(const daemon::HttpRequest& request);

  mutable std::mutex mutex_;
  std::map<std::string, std::function<daemon::HttpResponse(const daemon::HttpRequest&)>> pages_;
  std::map<std::string, int> codes_, gets_;
  std::vector<Post> posts_;
  std::unique_ptr<RunningServer> server_;
};

}  // namespace revisitd::testing
