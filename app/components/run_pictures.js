// The pictures of the rows: data: { pictures: { key: data URL } }. Shows nothing itself; run_list.js takes them from here.
export default function ({ data: [data] }) {
  globalThis.distilleryPictures = new Map(Object.entries(data.pictures))
  window.dispatchEvent(new Event("distillery-pictures"))
}
