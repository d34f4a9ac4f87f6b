import type { DemoRoute, Fault, FaultRequest } from "../../lambda/demo/tenant.ts";

/** Faults for `tenant.fault`: each answers every request; the combinators below choose which. */

/** An error as the Management API words it, or any other body. */
export function status(code: number, body = `{"statusCode":${code},"error":"Error","message":"Trouble"}`): Fault {
  return answering(code, { "Content-Type": "application/json" }, body);
}

/** The 404 of Auth0 for an Organization that does not exist. */
export function notFound(): Fault {
  return status(404, '{"statusCode":404,"error":"Not Found","message":"None","errorCode":"inexistent_organization"}');
}

/** A 429 with exactly these headers. */
export function limited(headers: Readonly<Record<string, string>> = {}): Fault {
  const body = '{"statusCode":429,"error":"Too Many Requests","message":"Slow down","errorCode":"too_many_requests"}';
  return answering(429, { "Content-Type": "application/json", ...headers }, body);
}

/** What a proxy answers. */
export function html(code = 200): Fault {
  return answering(code, { "Content-Type": "text/html" }, "<!doctype html><title>Gateway</title>");
}

function answering(code: number, headers: Readonly<Record<string, string>>, body: string): Fault {
  return ({ response }) => {
    response.writeHead(code, headers);
    response.end(body);
    return true;
  };
}

/** JSON that ends in the middle, in an answer that is whole. */
export const truncatedJson: Fault = ({ response }) => {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end('{"start":0,"limit":100,"total":1,"enabled_connections":[{"connection_id":"con_00');
  return true;
};

/** The connection breaks in the middle of the body. */
export const brokenBody: Fault = ({ response }) => {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 500 });
  response.write('{"start":0,"limit":100,', () => response.destroy());
  return true;
};

/** The connection breaks before any answer. */
export const reset: Fault = ({ response }) => {
  response.destroy();
  return true;
};

/** No answer ever comes. */
export const hang: Fault = () => true;

/** The usual answer, with other headers; null leaves one out. */
export function headers(changed: Readonly<Record<string, string | null>>): Fault {
  return (request) => {
    for (const [name, value] of Object.entries(changed)) request.headers.set(name, value);
    return false;
  };
}

/** Only the requests for which `is` holds. */
export function when(is: (request: FaultRequest) => boolean, fault: Fault): Fault {
  return (request) => is(request) && fault(request);
}

/** Only requests of one route, optionally for one Organization. */
export function on(route: DemoRoute, fault: Fault, id: string | null = null): Fault {
  return when((request) => request.route === route && (id === null || request.id === id), fault);
}

/** Only every `nth` request, counted over those that reach it. */
export function every(nth: number, fault: Fault): Fault {
  let count = 0;
  return (request) => {
    count += 1;
    return count % nth === 0 && fault(request);
  };
}

/** Only the first `count` requests that reach it. */
export function first(count: number, fault: Fault): Fault {
  let left = count;
  return (request) => {
    if (left === 0) return false;
    left -= 1;
    return fault(request);
  };
}

/** The first of them that deals with the request. */
export function anyOf(...faults: readonly Fault[]): Fault {
  return (request) => faults.some((fault) => fault(request));
}
