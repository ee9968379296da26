// The TLS part of Boost.Asio's code; the rest is in base/asio.cpp.
#include <boost/asio/ssl/impl/src.hpp>
