// A person with a browser, as far as the pages of oidc-provider need one: cookies, redirects and forms.
import assert from 'node:assert/strict';

export class Browser {
  #cookies = new Map();

  /** Opens a URL; answers { url, status, body } of the page where its redirects end. `until` stops before a URL and answers that. */
  async open(url, { until = () => false, ...request } = {}) {
    for (let hops = 0; hops < 20; hops += 1) {
      if (until(url)) return { url };
      const response = await fetch(url, { redirect: 'manual', ...request, headers: { ...request.headers, Cookie: this.#cookie(url) } });
      this.#keep(url, response);
      const location = response.headers.get('location');
      const body = await response.text();
      if (!location) return { url, status: response.status, body };
      url = new URL(location, url).href;
      request = {};
    }
    throw new Error(`${url}: too many redirects`);
  }

  /** Sends the form of a page with these values beside those that it has. */
  submit(page, values, options) {
    const [, attributes, content] = page.body.match(/<form([^>]*)>([^]*?)<\/form>/) ?? assert.fail(`no form in ${page.body}`);
    const action = attributes.match(/action="([^"]*)"/)?.[1] ?? page.url;
    const body = new URLSearchParams();
    for (const [input] of content.matchAll(/<(?:input|button)[^>]*>/g)) {
      const [name, value] = ['name', 'value'].map((attribute) => input.match(new RegExp(`\\b${attribute}="([^"]*)"`))?.[1]);
      if (name && value !== undefined && !/type="(?:checkbox|submit)"/.test(input)) body.set(name, value);
    }
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    return this.open(new URL(action, page.url).href, { ...options, method: 'POST', body });
  }

  /** Signs in as `who` and consents, from the URL that login printed to where the pages end. */
  async signIn(url, who, options) {
    let page = await this.open(url, options);
    for (let pages = 0; pages < 6 && page.body && /<form/.test(page.body); pages += 1) {
      page = await this.submit(page, /name="login"/.test(page.body) ? { login: who, password: 'any' } : {}, options);
    }
    return page;
  }

  #cookie(url) {
    const { host } = new URL(url);
    return [...(this.#cookies.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(url, response) {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map();
    this.#cookies.set(host, jar);
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
  }
}
