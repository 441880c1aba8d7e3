#include "tests/integration/peer.h"

namespace revisitd::testing {

using daemon::HttpRequest;
using daemon::HttpResponse;

Peer::Peer() {
  daemon::HttpServerOptions options;
  options.listen_address = "127.0.0.1:0";
  options.max_body_bytes = 1 << 20;
  server_ = std::make_unique<RunningServer>(
      [this](const HttpRequest& request) { return answer(request); }, options);
}

void Peer::page(const std::string& path, const std::string& text, const std::string& type) {
  page(path, [text, type](const HttpRequest&) {
    return HttpResponse{.status = 200, .content_type = type, .body = text};
  });
}

void Peer::page(const std::string& path, std::function<HttpResponse(const HttpRequest&)> made) {
  const std::lock_guard lock(mutex_);
  pages_[path] = std::move(made);
}

void Peer::status(const std::string& path, int code) {
  const std::lock_guard lock(mutex_);
  codes_[path] = code;
}

std::vector<Peer::Post> Peer::posts(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  std::vector<Post> found;
  for (const Post& post : posts_) {
    if (post.path == path) found.push_back(post);
  }
  return found;
}

int Peer::gets(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = gets_.find(path);
  return found == gets_.end() ? 0 : found->second;
}

HttpResponse Peer::answer(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  HttpResponse response;
  if (request.method == "POST") {
    posts_.push_back({request.path, request.headers, request.body});
    response.body = "ok";  // as Slack says it
  } else {
    ++gets_[request.path];
    const auto page = pages_.find(request.path);
    if (page != pages_.end()) response = page->second(request);
    if (page == pages_.end()) response.status = 404;
  }
  if (const auto code = codes_.find(request.path); code != codes_.end())
    response.status = code->second;
  return response;
}

}  // namespace revisitd::testing
