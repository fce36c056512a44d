/**
 * What a `User-Agent` names, as people say it. The service keeps its first 160 characters, so what stands at the end of a
 * long one may be missing.
 */

export type Kind = 'computer' | 'phone' | 'tablet' | 'program'

export interface Device {
  kind: Kind
  /** `Chrome`; undefined where nothing is known. */
  browser: string | undefined
  /** `Windows` */
  system: string | undefined
}

// Most browsers name those that they descend from, too: the first that is found here counts.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bMicroMessenger\//, 'WeChat'],
  [/\bDingTalk\//, 'DingTalk'],
  [/\b(?:EdgA?|EdgiOS|Edge)\//, 'Edge'],
  [/\b(?:OPR|OPX|OPT|Opera)\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex Browser'],
  [/\b(?:HuaweiBrowser|ArkWeb)\//, 'Huawei Browser'],
  [/\b(?:MiuiBrowser|XiaoMi\/MiuiBrowser)\b/, 'Mi Browser'],
  [/\b(?:HeyTapBrowser)\//, 'HeyTap Browser'],
  [/\bVivoBrowser\//, 'Vivo Browser'],
  [/\bM?QQBrowser\//, 'QQ Browser'],
  [/\b(?:UCBrowser|UCWEB|UBrowser)\b/, 'UC Browser'],
  [/\b(?:DuckDuckGo|Ddg)\//, 'DuckDuckGo'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\bElectron\//, 'Electron'],
  [/\b(?:Chrome|CriOS|HeadlessChrome|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.* Safari\//, 'Safari'],
  [/\b(?:MSIE |Trident\/)/, 'Internet Explorer'],
]

const systems: readonly (readonly [RegExp, string, Kind])[] = [
  [/\biPad\b/, 'iPad', 'tablet'],
  [/\b(?:iPhone|iPod)\b/, 'iPhone', 'phone'],
  [/\b(?:HarmonyOS|OpenHarmony)\b/, 'HarmonyOS', 'phone'],
  [/\bWindows Phone\b/, 'Windows Phone', 'phone'],
  [/\bAndroid\b/, 'Android', 'phone'],
  [/\bWindows\b/, 'Windows', 'computer'],
  [/\bCrOS\b/, 'ChromeOS', 'computer'],
  [/\b(?:Macintosh|Mac OS X|Darwin)\b/, 'macOS', 'computer'],
  [/\b(?:Linux|X11|FreeBSD|OpenBSD)\b/, 'Linux', 'computer'],
]

export function deviceOf(userAgent: string): Device {
  const system = systems.find(([pattern]) => pattern.test(userAgent))
  const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1] ?? programOf(userAgent)
  return { kind: kindOf(userAgent, system), browser, system: system?.[1] }
}

/** The name in front of the first version: `curl/8.5.0`, `node`. Browsers all begin with `Mozilla`, which names nothing. */
function programOf(userAgent: string): string | undefined {
  const name = /^[A-Za-z][\w.-]{0,39}/.exec(userAgent)?.[0]
  return name === 'Mozilla' ? undefined : name
}

function kindOf(userAgent: string, system: (typeof systems)[number] | undefined): Kind {
  if (!/^(?:Mozilla|Opera)\b/.test(userAgent)) return system?.[2] ?? 'program'
  // On Android a phone says that it is `Mobile`, and a tablet does not. One that was cut off before that is taken for a phone.
  if (system?.[1] === 'Android' && !/\bMobile\b/.test(userAgent) && userAgent.length < 160) return 'tablet'
  if (/\bTablet\b/.test(userAgent) && system?.[2] === 'phone') return 'tablet'
  return system?.[2] ?? 'computer'
}
